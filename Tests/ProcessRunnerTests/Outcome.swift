import Glibc
import Model
import Platform
import Testing

@testable import ProcessRunner

/// Takes what a runner tells at a program's end, and waits for it.
final class Outcome: Sendable {
    private let monitor = Monitor<[Result<ProcessResult, HostError>]>([])

    func take(_ result: Result<ProcessResult, HostError>) {
        monitor.withLock { $0.append(result) }
        monitor.wakeAll()
    }

    /// How often `done` was called so far.
    var count: Int { monitor.withLock { $0.count } }

    /// The result, for which it waits at most twenty seconds.
    func get() throws -> ProcessResult {
        let told = monitor.wait(until: SystemClock().monotonic() + .seconds(20)) { $0.first }
        return try #require(told, "waited twenty seconds for the end of a program").get()
    }
}

extension ProcessRunner {
    /// A runner with a host id that no other test has, and no sweep of its own before its end.
    static func make(limit: Int = usualLimit, sweepDelay: Duration = .seconds(3_600)) throws -> ProcessRunner {
        try ProcessRunner(hostID: BootID.make(), limit: limit, sweepDelay: sweepDelay)
    }

    func start(_ spec: ProcessSpec) throws -> (handle: ProcessHandle, outcome: Outcome) {
        let outcome = Outcome()
        return (try start(spec) { outcome.take($0) }, outcome)
    }

    func run(_ spec: ProcessSpec) throws -> ProcessResult { try start(spec).outcome.get() }

    func shell(_ script: String) throws -> ProcessResult { try run(ProcessSpec(["sh", "-c", script])) }

    /// Starts a shell script and waits until it has written `word`.
    func shell(_ script: String, until word: String) throws -> (handle: ProcessHandle, outcome: Outcome) {
        let started = try start(ProcessSpec(["sh", "-c", script]))
        eventually("the script has written \(word)") { started.handle.captured.out.text.contains(word) }
        return started
    }
}

extension CapturedOutput {
    var text: String { String(decoding: bytes, as: UTF8.self) }
    /// The process ids that were written, one a line.
    var pids: [Int32] { text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) } }
}

/// Waits for something that another thread or process brings about, at most ten seconds; says in `what` what never came.
func eventually(_ what: Comment, _ condition: () -> Bool) {
    let deadline = SystemClock().monotonic() + .seconds(10)
    while !condition() {
        guard SystemClock().monotonic() < deadline else {
            Issue.record("waited ten seconds for this: \(what)")
            return
        }
        sched_yield()
    }
}

/// Whether a process is running, not merely waiting to be noticed as ended.
func isAlive(_ pid: Int32) -> Bool { ProcessTable.entry(pid)?.isAlive == true }
