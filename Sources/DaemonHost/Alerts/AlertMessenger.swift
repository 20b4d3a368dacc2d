import LuaRuntime
import Model
import ProcessRunner
import Synchronization

/// Hands alerts to the program or the address that the operator named, one at a time and in order; a delivery that fails
/// is tried again.
///
/// At most `capacity` wait; past that the newest are dropped and their number is told.
final class AlertMessenger: ExecutorTask, Sendable {
    let slot = ExecutorSlot()

    static let capacity = 100
    /// How long one delivery may take.
    private static let timeout = Duration.seconds(30)
    /// From a failed delivery to the next attempt; after the last one it is given up.
    private static let delays = [Duration.seconds(5), .seconds(30)]

    /// Who is told.
    enum Destination: Sendable {
        case command([String])
        case webhook(String)

        var name: String {
            switch self {
            case .command: "the alert command"
            case .webhook: "the alert webhook"
            }
        }
    }

    private struct Message: Sendable {
        var alert: Alert
        var event: String
    }

    private struct State {
        var waiting: [Message] = []
        var isUnderWay = false
        var failures = 0
        var dropped = 0
    }

    private let context: HostContext
    private let destination: Destination
    private let state = Mutex(State())

    init(context: HostContext, to destination: Destination) {
        self.context = context
        self.destination = destination
    }

    /// One for each that the settings name.
    static func all(_ context: HostContext) -> [AlertMessenger] {
        let settings = context.settings.alerts
        let destinations = [settings.command.map(Destination.command), settings.webhook.map(Destination.webhook)]
        return destinations.compactMap { $0 }.map { AlertMessenger(context: context, to: $0) }
    }

    /// Queues the alert; `event` says what became of it: `raised` or `resolved`.
    func send(_ alert: Alert, _ event: String) {
        let isFirst = state.withLock { state in
            guard state.waiting.count < Self.capacity else {
                state.dropped += 1
                return false
            }
            state.waiting.append(Message(alert: alert, event: event))
            return state.waiting.count == 1 && !state.isUnderWay
        }
        if isFirst { context.executor.wake(self) }
    }

    func run() -> RunResult {
        let next = state.withLock { state -> Message? in
            guard !state.isUnderWay, let next = state.waiting.first else { return nil }
            state.isUnderWay = true
            return next
        }
        if let next { deliver(next) }
        return .done
    }

    private func deliver(_ message: Message) {
        do throws(HostError) {
            let text = try JSON.encode(value(of: message)) + "\n"
            switch destination {
            case .command(let command): try run(command, text, message)
            case .webhook(let address): try post(to: address, text, message)
            }
        } catch {
            ended(message, error.description)
        }
    }

    private func run(_ command: [String], _ text: String, _ message: Message) throws(HostError) {
        let spec = ProcessSpec(
            command, environment: ["LUNAD_ALERT": message.event], folder: context.folder.path,
            stdin: Array(text.utf8), outputLimit: 4_096, timeout: Self.timeout)
        _ = try context.jobs.runner.start(spec) { [self] result in ended(message, Self.complaint(result)) }
    }

    private func post(to address: String, _ text: String, _ message: Message) throws(HostError) {
        guard let web = context.web else { throw HostError(.unavailable, "this host sends no requests") }
        // The operator named the address: no script's grant is asked, and it is not followed elsewhere.
        let request = WebRequest(
            .post, address, headers: [WebHeader("Content-Type", "application/json")], body: Array(text.utf8),
            timeout: Self.timeout, redirects: 0, bodyLimit: 64 << 10, permit: { (_) throws(HostError) in })
        _ = try web.send(request) { [self] result in
            switch result {
            case .failure(let error): ended(message, error.description)
            case .success(let answer):
                ended(message, (200..<300).contains(answer.status) ? nil : "it answered \(answer.status)")
            }
        }
    }

    /// The alert as the API gives it, with what became of it and where.
    private func value(of message: Message) -> Value {
        guard case .object(let fields) = message.alert.value else { return message.alert.value }
        return .object(
            [.init("event", .string(message.event)), .init("project", .string(context.folder.path))] + fields)
    }

    /// Why the delivery failed; nil when it did not.
    private static func complaint(_ result: Result<ProcessResult, HostError>) -> String? {
        switch result {
        case .failure(let error): return error.description
        case .success(let process):
            if process.endedBy == .timeout { return "it took longer than \(timeout.inSeconds.shown) s" }
            guard process.exitCode != 0 else { return nil }
            let how = process.exitCode.map { "exit status \($0)" } ?? process.signal.map { "signal \($0)" } ?? "unknown"
            let said = String(decoding: process.err.bytes, as: UTF8.self).split(separator: "\n").last ?? ""
            return said.isEmpty ? "it ended with \(how)" : "it ended with \(how): \(said)"
        }
    }

    private func ended(_ message: Message, _ complaint: String?) {
        let (retry, dropped) = state.withLock { state -> (Duration?, Int) in
            state.isUnderWay = false
            if complaint != nil, state.failures < Self.delays.count {
                state.failures += 1
                return (Self.delays[state.failures - 1], 0)
            }
            state.failures = 0
            state.waiting.removeFirst()
            defer { state.dropped = 0 }
            return (nil, state.dropped)
        }
        if let complaint {
            context.journal.host(
                .warn, "\(destination.name) failed\(retry == nil ? " for the last time" : ""): \(complaint)",
                ["alert": .integer(message.alert.id)])
        }
        if dropped > 0 {
            context.journal.host(.warn, "\(dropped) alerts were not handed to \(destination.name): too many at once")
        }
        if let retry {
            context.executor.setTimer(self, at: context.clock.monotonic() + retry)
        } else {
            context.executor.wake(self)
        }
    }
}
