import Model
import ProcessRunner
import Synchronization

/// The external programs of a test: a function of the test answers for those that it names; others run for real if they
/// may, and are refused if not.
final class TestPrograms: ProgramRunner {
    /// A program that the test is to answer for.
    struct Request: Sendable {
        var id: Int64
        var spec: ProcessSpec
        fileprivate var done: @Sendable (Result<ProcessResult, HostError>) -> Void

        /// As the test's function is given it.
        var value: Value {
            [
                "id": .integer(id), "argv": .array(spec.argv.map { .string($0) }),
                "stdin": String(validating: spec.stdin, as: UTF8.self).map { .string($0) } ?? .bytes(spec.stdin),
            ]
        }
    }

    private struct State {
        var named: Set<String> = []
        var waiting: [Request] = []
        /// Handed to the test and not answered yet.
        var asked: [Request] = []
        var lastID: Int64 = 0
        var real: ProcessRunner?
    }

    private let loop: DrivenLoop
    /// What marks the processes of this test.
    private let mark: String
    private let mayRun: Bool
    private let state = Mutex(State())

    init(loop: DrivenLoop, mark: String, mayRun: Bool) {
        self.loop = loop
        self.mark = mark
        self.mayRun = mayRun
    }

    /// The test answers for this program from now on.
    func answer(for program: String) { state.withLock { _ = $0.named.insert(program) } }

    // MARK: - For the engine

    func start(
        _ spec: ProcessSpec, done: @escaping @Sendable (Result<ProcessResult, HostError>) -> Void
    ) throws(HostError) -> any RunningProgram {
        let program = spec.argv.first ?? ""
        let request = state.withLock { state -> Request? in
            guard state.named.contains(program) else { return nil }
            state.lastID += 1
            let request = Request(id: state.lastID, spec: spec, done: done)
            state.waiting.append(request)
            return request
        }
        if let request { return Answered(id: request.id, limit: spec.outputLimit, programs: self) }
        guard mayRun else {
            throw HostError(
                .forbidden,
                "the test does not say what '\(program)' does: host:program(\"\(program)\", function(argv, stdin) … end), "
                    + "or lunad.test.host{ programs = true } to run it")
        }
        let runner = try realRunner()
        loop.beginOutside()
        do {
            let handle: ProcessHandle = try runner.start(spec) { [loop] result in loop.endOutside { done(result) } }
            return handle
        } catch {
            loop.endOutside {}
            throw error
        }
    }

    private func realRunner() throws(HostError) -> ProcessRunner {
        try state.withLock { (state) throws(HostError) in
            if let real = state.real { return real }
            let made = try ProcessRunner(hostID: mark)
            state.real = made
            return made
        }
    }

    // MARK: - For the test

    var hasRequest: Bool { state.withLock { !$0.waiting.isEmpty } }

    /// The next that the test is to answer for.
    func nextRequest() -> Request? {
        state.withLock { state in
            guard !state.waiting.isEmpty else { return nil }
            let request = state.waiting.removeFirst()
            state.asked.append(request)
            return request
        }
    }

    /// What the test's function returned: `exit` (0 unless said), `signal`, `out`, `err`.
    func answer(_ id: Int64, with result: Value) throws(HostError) {
        let known = ["exit", "signal", "out", "err"]
        for field in result.fields where !known.contains(field.key) {
            throw HostError(
                .invalidArgument,
                "a program's answer has no field '\(field.key)'\(DidYouMean.hint(for: field.key, in: known))")
        }
        let signal = result["signal"]?.integerValue.flatMap { Int32(exactly: $0) }
        let exit = result["exit"]?.integerValue.flatMap { Int32(exactly: $0) } ?? (signal == nil ? 0 : nil)
        finish(id) { limit in
            ProcessResult(
                exitCode: exit, signal: signal, out: result["out"]?.content ?? [], err: result["err"]?.content ?? [],
                limit: limit)
        }
    }

    private func finish(_ id: Int64, _ result: (Int) -> ProcessResult) {
        let request = state.withLock { state -> Request? in
            if let index = state.asked.firstIndex(where: { $0.id == id }) { return state.asked.remove(at: index) }
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiting.remove(at: index)
        }
        guard let request else { return }
        let ended = result(request.spec.outputLimit)
        loop.later { request.done(.success(ended)) }
    }

    /// Ends the programs that run for real, and takes no more.
    func close() {
        let real = state.withLock { state in
            state.waiting = []
            state.asked = []
            defer { state.real = nil }
            return state.real
        }
        real?.close()
    }

    /// A program that the test answers for.
    private final class Answered: RunningProgram {
        private let id: Int64
        private let limit: Int
        private let programs: TestPrograms

        init(id: Int64, limit: Int, programs: TestPrograms) {
            self.id = id
            self.limit = limit
            self.programs = programs
        }

        var pid: Int32? { nil }

        var captured: (out: CapturedOutput, err: CapturedOutput) {
            (CapturedOutput(of: [], limit: limit), CapturedOutput(of: [], limit: limit))
        }

        /// One that is not answered yet ends by the signal.
        func cancel(grace: Duration) {
            programs.finish(id) { ProcessResult(exitCode: nil, signal: 15, limit: $0, endedBy: .cancel) }
        }
    }
}

extension Value {
    /// A string's bytes; empty for any other kind.
    var content: [UInt8] {
        switch self {
        case .string(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        default: []
        }
    }
}
