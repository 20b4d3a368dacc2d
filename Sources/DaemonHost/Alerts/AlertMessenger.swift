import LuaRuntime
import Model
import ProcessRunner
import Synchronization

/// Hands alerts to the program that the operator named, one at a time and in order; a delivery that fails is tried again.
///
/// At most `capacity` wait; past that the newest are dropped and their number is told.
final class AlertMessenger: ExecutorTask, Sendable {
    let slot = ExecutorSlot()

    static let capacity = 100
    /// How long the program may take.
    private static let timeout = Duration.seconds(30)
    /// From a failed delivery to the next attempt; after the last one it is given up.
    private static let delays = [Duration.seconds(5), .seconds(30)]

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
    private let command: [String]?
    private let state = Mutex(State())

    init(context: HostContext) {
        self.context = context
        command = context.settings.alerts.command
    }

    /// Queues the alert; `event` says what became of it: `raised` or `resolved`. Nothing without a program.
    func send(_ alert: Alert, _ event: String) {
        guard command != nil else { return }
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
            let spec = ProcessSpec(
                command ?? [], environment: ["LUNAD_ALERT": message.event], folder: context.folder.path,
                stdin: Array(text.utf8), outputLimit: 4_096, timeout: Self.timeout)
            _ = try context.jobs.runner.start(spec) { [self] result in ended(message, Self.complaint(result)) }
        } catch {
            ended(message, error.description)
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
                .warn, "the alert command failed\(retry == nil ? " for the last time" : ""): \(complaint)",
                ["alert": .integer(message.alert.id)])
        }
        if dropped > 0 {
            context.journal.host(.warn, "\(dropped) alerts were not handed to the alert command: too many at once")
        }
        if let retry {
            context.executor.setTimer(self, at: context.clock.monotonic() + retry)
        } else {
            context.executor.wake(self)
        }
    }
}
