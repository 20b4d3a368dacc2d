import Model

/// What a command tells the shell by its exit status.
package struct ExitCode: Sendable, Hashable {
    package var rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let done = ExitCode(rawValue: 0)
    package static let failed = ExitCode(rawValue: 1)
    package static let wrongUsage = ExitCode(rawValue: 2)
    /// No host is running here.
    package static let noHost = ExitCode(rawValue: 3)
    /// No daemon or job of that name.
    package static let notFound = ExitCode(rawValue: 4)

    init(_ code: HostError.Code) {
        self =
            switch code {
            case .notFound: .notFound
            case .unavailable: .noHost
            case .invalidArgument: .wrongUsage
            default: .failed
            }
    }
}
