/// The bounds on what one job may hold.
package enum JobLimits {
    /// Arguments, result and checkpoint, each as JSON text in UTF-8.
    package static let valueBytes = 1 << 20
    /// A message, a reason or an error, in UTF-8; what is longer is cut.
    package static let textBytes = 8 << 10
    package static let tracebackBytes = 64 << 10
    package static let tags = 16
    /// A tag or a name, in UTF-8.
    package static let nameBytes = 200
    /// Names a file, a folder or an address as well.
    package static let uniqueKeyBytes = 1_000
    package static let priorities = -1_000...1_000
    package static let attempts = 1...1_000
    /// Each output of a command, in bytes.
    package static let outputBytes = 4 << 20
    /// Requests in one launch.
    package static let launches = 10_000
}

extension JobRequest {
    /// Throws `invalidArgument` or `limitExceeded` for what no store would take.
    package func check() throws(HostError) {
        try Self.check(name: type, "the job type")
        if let uniqueKey {
            guard !uniqueKey.isEmpty, uniqueKey.utf8.count <= JobLimits.uniqueKeyBytes else {
                throw HostError(
                    .invalidArgument,
                    "the unique key of '\(type)' has \(uniqueKey.utf8.count) bytes; expected 1 to "
                        + "\(JobLimits.uniqueKeyBytes)")
            }
        }
        guard JobLimits.priorities.contains(priority) else {
            throw HostError(
                .invalidArgument,
                "the priority of '\(type)' is \(priority); expected "
                    + "\(JobLimits.priorities.lowerBound) to \(JobLimits.priorities.upperBound)")
        }
        guard JobLimits.attempts.contains(maxAttempts) else {
            throw HostError(
                .invalidArgument,
                "the attempts of '\(type)' are \(maxAttempts); expected 1 to "
                    + "\(JobLimits.attempts.upperBound)")
        }
        guard tags.count <= JobLimits.tags else {
            throw HostError(
                .limitExceeded, "a job of '\(type)' has \(tags.count) tags; at most \(JobLimits.tags) are allowed")
        }
        for tag in tags { try Self.check(name: tag, "a tag of '\(type)'") }
        guard args.isTable else {
            throw HostError(.invalidArgument, "the arguments of '\(type)' are \(args.shown()); expected a table")
        }
    }

    private static func check(name: String, _ what: String) throws(HostError) {
        guard name.isEmpty || name.utf8.count > JobLimits.nameBytes else { return }
        throw HostError(
            .invalidArgument, "\(what) has \(name.utf8.count) bytes; expected 1 to \(JobLimits.nameBytes)")
    }
}
