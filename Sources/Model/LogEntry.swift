/// How much a log line matters, least first.
package enum LogLevel: String, Sendable, Hashable, CaseIterable, Comparable {
    case debug
    case info
    case warn
    case error

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rank < rhs.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warn: 2
        case .error: 3
        }
    }
}

/// One structured log line.
package struct LogEntry: Sendable, Hashable {
    package var at: WallTime
    /// The daemon's name; nil for the host's own lines.
    package var daemon: String?
    package var level: LogLevel
    package var message: String
    /// Named values beside the message; an `object`, or nil.
    package var fields: Value?
    package var generation: Int
    package var codeHash: String
    /// The number of the step in which it was written; 0 outside a step.
    package var step: Int64
    /// The job in whose run it was written.
    package var job: Int64?

    package init(
        at: WallTime, daemon: String?, level: LogLevel, message: String, fields: Value? = nil, generation: Int = 0,
        codeHash: String = "", step: Int64 = 0, job: Int64? = nil
    ) {
        self.at = at
        self.daemon = daemon
        self.level = level
        self.message = message
        self.fields = fields
        self.generation = generation
        self.codeHash = codeHash
        self.step = step
        self.job = job
    }
}
