/// One distinct failure of a daemon with how often it came, also before it was resolved and came again.
package struct StoredError: Sendable, Hashable {
    package var id: Int64
    /// The latest occurrence.
    package var report: ErrorReport
    package var count: Int64
    package var firstSeen: WallTime
    package var resolvedAt: WallTime?

    package init(id: Int64, report: ErrorReport, count: Int64, firstSeen: WallTime, resolvedAt: WallTime?) {
        self.id = id
        self.report = report
        self.count = count
        self.firstSeen = firstSeen
        self.resolvedAt = resolvedAt
    }

    package var value: Value {
        .object([
            .init("id", .integer(id)),
            .init("fingerprint", .string(report.fingerprint)),
            .init("daemon", .string(report.daemon)),
            .init("kind", .string(report.kind)),
            .init("message", .string(report.message)),
            .init("traceback", report.traceback.map { .string($0) } ?? .null),
            .init("file", report.file.map { .string($0) } ?? .null),
            .init("line", report.line.map { .integer(Int64($0)) } ?? .null),
            .init("count", .integer(count)),
            .init("first_seen", .string(firstSeen.iso8601)),
            .init("last_seen", .string(report.at.iso8601)),
            .init("generation", .integer(Int64(report.generation))),
            .init("code_hash", .string(report.codeHash)),
            .init("resolved_at", resolvedAt.map { .string($0.iso8601) } ?? .null),
        ])
    }
}
