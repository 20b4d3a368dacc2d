/// Something that somebody should look at: raised once while it lasts, acknowledged by a person, resolved by itself.
package struct Alert: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A daemon has failed; it is tried again late or not at all.
        case daemonFailed = "daemon_failed"
        /// A daemon gave no sign of life for longer than its step may take.
        case heartbeatMissed = "heartbeat_missed"
        /// A daemon fails again and again.
        case crashLoop = "crash_loop"
        /// A running job has shown no progress for long.
        case jobStuck = "job_stuck"
        /// Too many runs of a job type fail.
        case jobFailures = "job_failures"
        /// The disk of the database is nearly full.
        case diskLow = "disk_low"
    }

    /// Which alerts are asked for.
    package enum Phase: String, Sendable, Hashable, CaseIterable {
        /// What it is about still lasts, whether or not somebody knows of it.
        case active
        case resolved
        case all
    }

    /// What it is about; there is at most one active alert of a kind and subject.
    package struct Topic: Sendable, Hashable {
        package var kind: Kind
        /// A daemon's name, a job's id, a job type's name, or the path of the database's folder.
        package var subject: String

        package init(_ kind: Kind, _ subject: String) {
            self.kind = kind
            self.subject = subject
        }
    }

    package var id: Int64
    package var topic: Topic
    /// What is wrong, in a sentence, as it was when the alert was raised.
    package var message: String
    package var raisedAt: WallTime
    package var acknowledgedAt: WallTime?
    package var resolvedAt: WallTime?

    package init(id: Int64, topic: Topic, message: String, raisedAt: WallTime) {
        self.id = id
        self.topic = topic
        self.message = message
        self.raisedAt = raisedAt
    }

    /// The daemon that it is about; nil for what concerns jobs or the host.
    package var daemon: String? {
        switch topic.kind {
        case .daemonFailed, .heartbeatMissed, .crashLoop: topic.subject
        case .jobStuck, .jobFailures, .diskLow: nil
        }
    }

    /// The object that the API gives for it.
    package var value: Value {
        .object([
            .init("id", .integer(id)),
            .init("kind", .string(topic.kind.rawValue)),
            .init("subject", .string(topic.subject)),
            .init("message", .string(message)),
            .init("raised_at", .string(raisedAt.iso8601)),
            .init("acknowledged_at", acknowledgedAt.map { .string($0.iso8601) } ?? .null),
            .init("resolved_at", resolvedAt.map { .string($0.iso8601) } ?? .null),
        ])
    }
}
