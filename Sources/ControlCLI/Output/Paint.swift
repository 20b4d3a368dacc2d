import Model

/// The few colours of the command line, applied only where the screen has them.
enum Paint: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"

    func on(_ text: String, _ screen: Screen) -> String {
        screen.hasColour ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}

extension DaemonStatus {
    /// Green lives, yellow is on its way, red needs a person.
    var paint: Paint {
        switch self {
        case .running: .green
        case .starting, .stopping, .backingOff: .yellow
        case .failed: .red
        case .stopped: .dim
        }
    }
}
