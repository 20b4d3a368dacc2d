import Model

/// How far a job is: one line on a terminal that is written over.
struct ProgressBar: Sendable {
    /// A quarter of the screen, within these bounds, so that there is room for words.
    private static let widths = 8...40

    private let screen: Screen?

    /// Shows nothing where there is no terminal.
    init(_ screen: Screen?) { self.screen = screen?.width == nil ? nil : screen }

    func show(_ job: Value) {
        guard let screen, let columns = screen.width else { return }
        screen.write("\r" + Self.line(job, columns: columns, screen) + "\u{1B}[K")
    }

    func clear() { screen?.write("\r\u{1B}[K") }

    /// The bar, the share, how much of how much, and the job's own words, as far as they fit into `columns`; of a job that
    /// has not said how far it is, its status and its words.
    static func line(_ job: Value, columns: Int, _ screen: Screen) -> String {
        // The last column stays empty: some terminals go on to the next line when it is written.
        let room = max(0, columns - 1)
        let message = JobText.text(job, "message")
        guard let progress = job["progress"]?.doubleValue else {
            let status = JobText.text(job, "status")
            return (message.isEmpty ? status : "\(status): \(message)").shortened(to: room)
        }
        let share = min(max(progress, 0), 1)
        let width = min(max(columns / 4, widths.lowerBound), widths.upperBound)
        let filled = Int(Double(width) * share)
        let words = [percent(share), count(job), message].filter { !$0.isEmpty }.joined(separator: "  ")
        guard room > width else { return percent(share).shortened(to: room) }
        let bar =
            Paint.green.on(String(repeating: "█", count: filled), screen)
            + Paint.dim.on(String(repeating: "░", count: width - filled), screen)
        return bar + (" " + words).shortened(to: room - width)
    }

    /// Always as wide, so that what follows stands still.
    private static func percent(_ share: Double) -> String {
        let digits = "\(Int(share * 100))"
        return String(repeating: " ", count: 3 - digits.count) + digits + " %"
    }

    /// `11/40`; nothing for a job that counts in shares.
    private static func count(_ job: Value) -> String {
        guard let done = job["done"]?.doubleValue, let total = job["total"]?.doubleValue, total > 1 else { return "" }
        return "\(done.shown)/\(total.shown)"
    }
}
