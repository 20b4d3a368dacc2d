import Model
import ProcessRunner

/// One run of a job type that is an external program.
final class CommandJobAttempt: JobAttempt, Sendable {
    private struct State {
        var handle: (any RunningProgram)?
        var cancelReason: String?
        var isStopping = false
        /// How much of the output was kept when it was last looked at, in bytes.
        var keptOutput = 0
        var isPidNoted = false
    }

    /// How much of the standard error goes into an attempt's error, in bytes.
    private static let errorTail = 2_000

    let record: JobRecord
    private let type: JobType
    private let service: JobService
    private let context: HostContext
    private let state = Locked(State())

    init(_ record: JobRecord, type: JobType, service: JobService, context: HostContext) {
        self.record = record
        self.type = type
        self.service = service
        self.context = context
    }

    /// The program is looked for and made on a thread that may block.
    func start() {
        do {
            try context.blocking.run { [self] in launch() }
        } catch {
            end(fault: JobFault(error.description))
        }
    }

    private func launch() {
        do {
            let spec = try makeSpec()
            let handle = try service.runner.start(spec) { [self] result in ended(result) }
            let mustEnd = state.withLock { state in
                state.handle = handle
                return state.cancelReason != nil || state.isStopping
            }
            if mustEnd { handle.cancel(grace: patience) }
        } catch {
            end(fault: JobFault(error.description))
        }
    }

    private func makeSpec() throws(HostError) -> ProcessSpec {
        guard let command = type.declaration.command else {
            throw HostError(.internal, "'\(type.name)' declares no command")
        }
        let filled = try command.filled(with: record.args)
        var environment: [String: String] = [:]
        for variable in filled.environment { environment[variable.key] = variable.value.text }
        return ProcessSpec(
            filled.argv, environment: environment, folder: filled.folder ?? context.folder.path,
            stdin: filled.stdin.map { Array($0.utf8) } ?? [], outputLimit: command.outputLimit,
            timeout: type.declaration.timeout, grace: type.declaration.cancelTimeout, job: String(record.id))
    }

    private var patience: Duration {
        state.withLock { $0.isStopping } ? LuaJobAttempt.stopGrace : type.declaration.cancelTimeout
    }

    // MARK: - Ends

    private func ended(_ result: Result<ProcessResult, HostError>) {
        switch result {
        case .success(let process): settle(process)
        case .failure(let error): end(fault: JobFault(error.description))
        }
    }

    private func settle(_ process: ProcessResult) {
        let (cancelReason, isStopping) = state.withLock { ($0.cancelReason, $0.isStopping) }
        let output = (out: process.out.bytes, err: process.err.bytes)
        if let cancelReason {
            let transition = JobTransition.cancelled(id: record.id, claim: claim, reason: cancelReason)
            return service.finish(self, transition, output: output)
        }
        if isStopping, process.endedBy == .cancel {
            let transition = JobTransition.release(id: record.id, claim: claim, reason: "the host stopped")
            return service.finish(self, transition, output: output)
        }
        if process.endedBy == .timeout {
            let reason = "timed out: it may run for \(type.declaration.timeout?.inSeconds ?? 0) s"
            return end(fault: JobFault(reason), output: output, reason: reason)
        }
        guard process.exitCode == 0 else { return end(fault: JobFault(Self.complaint(process)), output: output) }
        let transition = JobTransition.complete(id: record.id, claim: claim, result: process.value)
        service.finish(self, transition, output: output)
    }

    private static func complaint(_ process: ProcessResult) -> String {
        let how = process.exitCode.map { "it exited with code \($0)" } ?? "signal \(process.signal ?? 0) ended it"
        let said = String(decoding: process.err.bytes.suffix(errorTail), as: UTF8.self)
        let trimmed = said.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
        return trimmed.isEmpty ? how : "\(how): \(String(trimmed))"
    }

    private func end(
        fault: JobFault, output: (out: [UInt8], err: [UInt8])? = nil, reason: String? = nil
    ) {
        context.journal.append(
            LogEntry(
                at: context.clock.now(), daemon: record.daemon, level: .error, message: fault.message,
                generation: record.generation, codeHash: type.hash, job: record.id))
        service.finish(
            self, transition(for: fault, type.declaration, reason: reason, in: context), output: output)
    }

    // MARK: - Asked to end

    func cancel(reason: String) {
        let handle = state.withLock { state in
            state.cancelReason = state.cancelReason ?? reason
            return state.handle
        }
        handle?.cancel(grace: type.declaration.cancelTimeout)
    }

    func stop() {
        let handle = state.withLock { state in
            state.isStopping = true
            return state.handle
        }
        handle?.cancel(grace: LuaJobAttempt.stopGrace)
    }

    /// Who is who, for those who look; orphans are found by other marks.
    private func notePid(of handle: any RunningProgram) {
        guard let pid = handle.pid else { return }
        let isNews = state.withLock { state in
            defer { state.isPidNoted = true }
            return !state.isPidNoted
        }
        guard isNews else { return }
        context.queue.apply(.process(id: record.id, claim: claim, pid: pid)) { _ in }
    }

    func hurry() { state.withLock { $0.handle }?.cancel(grace: .zero) }

    /// Keeps what the program has written so far, once a second while there is more.
    func watch(now: MonotonicTime) {
        guard let handle = state.withLock({ $0.handle }) else { return }
        notePid(of: handle)
        let (out, err) = handle.captured
        let isNews = state.withLock { state in
            defer { state.keptOutput = out.total + err.total }
            return state.keptOutput != out.total + err.total
        }
        guard isNews else { return }
        context.store.submit([.jobOutput(job: record.id, out: out.bytes, err: err.bytes)]) { _ in }
    }
}

extension ProcessResult {
    /// The result of a command job: how it ended, what it wrote, what it cost.
    var value: Value {
        .object([
            .init("code", exitCode.map { .integer(Int64($0)) } ?? .null),
            .init("signal", signal.map { .integer(Int64($0)) } ?? .null),
            .init("out", Value(bytes: out.bytes)), .init("err", Value(bytes: err.bytes)),
            .init("out_omitted", .integer(Int64(out.omitted))), .init("err_omitted", .integer(Int64(err.omitted))),
            .init("seconds", .number(wallSeconds)), .init("user_seconds", .number(userSeconds)),
            .init("system_seconds", .number(systemSeconds)), .init("max_rss_bytes", .integer(maxResidentBytes)),
        ])
    }
}
