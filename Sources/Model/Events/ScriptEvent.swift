/// Something that one script tells the others.
package struct ScriptEvent: Sendable, Hashable {
    package var topic: String
    package var payload: Value
    package var at: WallTime
    /// The daemon that published it, or whose job did.
    package var daemon: String?
    /// The job that published it.
    package var job: Int64?
    /// Which it is of all that were published since the host started; 0 before it is published.
    package var number: Int64 = 0
    /// What it counts for in a mailbox, in bytes.
    package let size: Int

    /// The largest payload, in bytes of its encoded form.
    package static let largestPayload = 64 << 10

    /// `size` is the encoded payload's.
    package init(topic: String, payload: Value, size: Int, at: WallTime, daemon: String?, job: Int64?) {
        self.topic = topic
        self.payload = payload
        self.size = size + topic.utf8.count
        self.at = at
        self.daemon = daemon
        self.job = job
    }

    /// The table that a script gets.
    package var value: Value {
        var fields: [Value.Field] = [
            .init("topic", .string(topic)), .init("payload", payload),
            .init("at", .number(Double(at.milliseconds) / 1_000)),
        ]
        if let daemon { fields.append(.init("daemon", .string(daemon))) }
        if let job { fields.append(.init("job", .integer(job))) }
        return .object(fields)
    }
}
