/// Something that happened in the host, for those who watch it live.
package enum HostEvent: Sendable {
    /// A daemon's status or reason changed; the record after it.
    case daemon(DaemonRecord)
    /// The daemon is gone from the books.
    case removed(daemon: String)
    /// A log line was kept: reading the log finds it.
    case log(LogEntry)
    /// A job's status or progress changed; the record after it.
    case job(JobRecord)
    /// An alert was raised, acknowledged or resolved; as it is after that.
    case alert(Alert)

    /// A short stable word for the kind.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case daemon
        case removed
        case log
        case job
        case alert
    }

    package var kind: Kind {
        switch self {
        case .daemon: .daemon
        case .removed: .removed
        case .log: .log
        case .job: .job
        case .alert: .alert
        }
    }

    /// The daemon that it is about, or that launched the job.
    package var daemonName: String? {
        switch self {
        case .daemon(let record): record.name
        case .removed(let name): name
        case .log(let entry): entry.daemon
        case .job(let record): record.daemon
        case .alert(let alert): alert.daemon
        }
    }

    /// The object that the API gives for it.
    package var value: Value {
        switch self {
        case .daemon(let record): record.value
        case .removed(let name): .object([.init("name", .string(name))])
        case .log(let entry): entry.value
        case .job(let record): record.value
        case .alert(let alert): alert.value
        }
    }
}
