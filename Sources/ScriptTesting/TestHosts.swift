import Model
import Platform

/// The hosts that a test has made, and what it asks of them.
final class TestHosts {
    /// More at once are refused: what a test makes in a loop by mistake.
    private static let most = 100

    private let project: ProjectFolder
    private let settings: HostSettings
    private let loop = DrivenLoop()
    private var hosts: [TestHost] = []
    private var lastID: Int64 = 0
    private var notes: [LogEntry] = []
    private var deadline = MonotonicTime.distantFuture
    /// What a test asked for and is not over yet, because a program waits for its answer.
    private var pending: [Int64: TestHostCall] = [:]

    init(project: ProjectFolder, settings: HostSettings) {
        self.project = project
        self.settings = settings
    }

    /// When, in real time, the running test has to be over.
    func setDeadline(_ deadline: MonotonicTime) {
        self.deadline = deadline
        for host in hosts { host.deadline = deadline }
    }

    /// What the script is answered: `value`, or the `program` that it has to answer for first. Throws what it is to
    /// be told as an error.
    func carryOut(_ name: String, host id: Int64, _ arguments: Value) throws(HostError) -> Value {
        if name == "host" { return try make(arguments) }
        guard let host = hosts.first(where: { $0.id == id }) else {
            throw HostError(.notFound, "this host belongs to a test that has ended")
        }
        if name == "answer" {
            try host.programs.answer(arguments["id"]?.integerValue ?? 0, with: arguments["result"] ?? .emptyTable)
        } else {
            pending[id] = try host.call(name, arguments)
        }
        return try goOn(host)
    }

    private func goOn(_ host: TestHost) throws(HostError) -> Value {
        guard let call = pending[host.id] else { return .emptyTable }
        if let value = try call() {
            pending[host.id] = nil
            return .object([.init("value", value)])
        }
        guard let request = host.programs.nextRequest() else {
            throw HostError(.internal, "a host waits for a program that nobody asked for")
        }
        return ["program": request.value]
    }

    private func make(_ arguments: Value) throws(HostError) -> Value {
        guard hosts.count < Self.most else {
            throw HostError(.limitExceeded, "a test may have \(Self.most) hosts")
        }
        let options = try TestHost.Options(arguments)
        lastID += 1
        let host = try TestHost(id: lastID, project: project, settings: settings, options: options, loop: loop)
        hosts.append(host)
        host.deadline = deadline
        let boot = try host.boot(isFirst: true)
        _ = try host.result(of: boot, what: "the start of the host")
        _ = try host.settle()
        return ["value": ["id": .integer(host.id), "path": .string(host.folder.path)]]
    }

    /// A line of the test's own log.
    func note(_ level: LogLevel, _ message: String, _ fields: Value?) {
        let at = hosts.last?.clock.now() ?? TestHost.usualStart
        notes.append(LogEntry(at: at, daemon: "test", level: level, message: message, fields: fields))
    }

    /// What was logged since the last call of `close`, by the test and all its hosts, in order of virtual time.
    var log: [LogEntry] {
        let lines = notes + hosts.flatMap(\.log)
        return lines.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    /// Closes what the test has left open.
    func close() {
        for host in hosts { host.close() }
        hosts = []
        notes = []
        pending = [:]
    }
}

extension TestHost.Options {
    private static let known = ["now", "programs", "utc_offset"]

    /// As `lunad.test.host` is given them.
    init(_ table: Value) throws(HostError) {
        for field in table.fields {
            switch field.key {
            case "now": start = try Self.moment(field.value)
            case "programs": mayRunPrograms = field.value.boolValue ?? false
            case "utc_offset": utcOffset = Int(field.value.integerValue ?? 0)
            default:
                throw HostError(
                    .invalidArgument, "unknown option '\(field.key)'\(DidYouMean.hint(for: field.key, in: Self.known))")
            }
        }
    }

    private static func moment(_ value: Value) throws(HostError) -> WallTime {
        if let seconds = value.doubleValue, abs(seconds) < 1e11 {
            return WallTime(milliseconds: Int64(seconds * 1_000))
        }
        if let text = value.stringValue, let moment = WallTime(iso8601: text) { return moment }
        throw HostError(
            .invalidArgument,
            "option 'now' is \(value.shown()); expected seconds since 1970, or text such as 2030-01-01T08:00:00Z")
    }
}
