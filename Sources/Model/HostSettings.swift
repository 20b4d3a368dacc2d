/// The operator's settings for one project: what `lunad.lua` returns, checked.
package struct HostSettings: Sendable, Hashable {
    /// The deadline of the whole shutdown.
    package var shutdownTimeout = Duration.seconds(25)
    /// Lines below this level are neither shown nor kept.
    package var logLevel = LogLevel.info
    /// Bounds on the log in the database; the host deletes what is beyond either.
    package var keepRows = 200_000
    package var keepDays = 14.0
    package var allow = GrantLimits()
    /// How many jobs run at once; those that wait for their children do not count.
    package var jobWorkers = 32
    /// Files and folders below `scripts/lib`, from the project's folder on, that `lunad check` leaves out.
    package var checkSkips: [String] = []
    /// How long finished jobs are kept.
    package var retention = JobRetention()
    package var alerts = AlertSettings()

    package init() {}

    /// Reads the table that `file` returned; an error (`script`) lists every problem.
    package static func parse(table: Value, file: String) -> Result<HostSettings, HostError> {
        let (settings, reader) = read(table)
        if let error = reader.error(in: file) { return .failure(error) }
        return .success(settings)
    }

    /// What `parse` would find wrong, each problem a sentence that begins with its field's path.
    package static func problems(table: Value) -> [String] { read(table).reader.problems }

    private static func read(_ table: Value) -> (settings: HostSettings, reader: TableReader) {
        var reader = TableReader(table)
        var settings = HostSettings()
        settings.shutdownTimeout = reader.seconds("shutdown_timeout", 1...3_600) ?? settings.shutdownTimeout
        reader.table("log") { settings.readLog(&$0) }
        settings.allow = reader.table("allow") { GrantLimits(&$0) } ?? .init()
        reader.table("jobs") { settings.readJobs(&$0) }
        reader.table("check") { settings.checkSkips = $0.strings("skip") ?? [] }
        settings.alerts = reader.table("alerts") { AlertSettings(&$0) } ?? .init()
        reader.finish()
        return (settings, reader)
    }

    private mutating func readJobs(_ reader: inout TableReader) {
        jobWorkers = reader.integer("workers", 1...10_000) ?? jobWorkers
        retention.completed = reader.seconds("keep_completed", 1...(86_400 * 3_650)) ?? retention.completed
        retention.cancelled = reader.seconds("keep_cancelled", 1...(86_400 * 3_650)) ?? retention.cancelled
        retention.failed = reader.seconds("keep_failed", 1...(86_400 * 3_650)) ?? retention.failed
    }

    private mutating func readLog(_ reader: inout TableReader) {
        logLevel = reader.word("level", LogLevel.self) ?? logLevel
        keepRows = reader.integer("keep_rows", 1_000...100_000_000) ?? keepRows
        keepDays = reader.number("keep_days", 0.01...36_500) ?? keepDays
    }
}

/// The most that scripts may be granted, whatever they ask for; nil leaves a kind unlimited.
package struct GrantLimits: Sendable, Hashable {
    package var fs: [String]?
    package var exec: [String]?
    package var http: [String]?

    package init(fs: [String]? = nil, exec: [String]? = nil, http: [String]? = nil) {
        self.fs = fs
        self.exec = exec
        self.http = http
    }

    fileprivate init(_ reader: inout TableReader) {
        self.init(fs: reader.strings("fs"), exec: reader.strings("exec"), http: reader.strings("http"))
    }
}
