import CLuaShim
import Model

/// One isolated, sandboxed Lua state, with a memory cap and interruptible at any instruction.
///
/// Used from one thread at a time; `interrupt`, `stopping`, `silence` and `currentHostCall` from any.
/// No Lua call has a Swift frame between it and the C function that catches its errors: Swift knows only
/// `CLuaShim`, whose functions do not raise.
///
/// `@unchecked Sendable`: the owner keeps it to one thread at a time, and the C side guards what other threads reach.
package final class LuaState: @unchecked Sendable {
    private let state: OpaquePointer
    private let border: LuaBorder
    private let interface: LuaInterface
    private var isClosed = false

    /// A state with the allow-listed libraries, and under `lunad` the functions of the interface, or of the whole
    /// `LunadAPI`.
    package init(
        limits: LuaLimits, interface: LuaInterface? = nil, clock: any HostClock
    ) throws(HostError) {
        self.interface = if let interface { interface } else { try LuaInterface.standard.get() }
        border = LuaBorder(clock: clock)
        var host = LuaBorder.host
        var raw = limits.raw
        let context = Unmanaged.passUnretained(border).toOpaque()
        guard let state = lunad_state_new(&host, context, &raw, self.interface.raw) else {
            throw HostError(.limitExceeded, "there is not enough memory for a Lua state")
        }
        self.state = state
    }

    deinit { close() }

    /// Who answers the script's calls; must outlive every call.
    package var delegate: (any HostDelegate)? {
        get { border.delegate }
        set { border.delegate = newValue }
    }

    /// Frees everything; harmless when done before. Returns the bytes that leaked, which is a defect unless 0.
    @discardableResult
    package func close() -> Int {
        guard !isClosed else { return 0 }
        isClosed = true
        return lunad_state_close(state)
    }

    // MARK: - Running

    /// Compiles a text chunk and runs it; what it returns is the daemon's table. `chunkName` as Lua takes it: a file's
    /// path after `@`.
    package func load(source: [UInt8], chunkName: String) -> LuaOutcome {
        outcome(source.withUnsafeBufferPointer { lunad_load(state, $0.baseAddress, $0.count, chunkName) })
    }

    /// Calls the table's function `hook` with the table itself and `arguments`.
    /// With `isJob` the first argument gets the methods of a job.
    package func call(_ hook: String, _ arguments: [Value] = [], isJob: Bool = false) -> LuaOutcome {
        // Not passed as it is, which would copy it to an array first.
        guard !arguments.isEmpty else { return outcome(hook.withCString { lunad_call(state, $0, nil, 0, false) }) }
        var writer = WireWriter()
        writer.put(list: arguments)
        return outcome(
            writer.bytes.withUnsafeBufferPointer { lunad_call(state, hook, $0.baseAddress, $0.count, isJob) })
    }

    /// Runs what an operator typed, in the script's own environment: `self`, what was defined there before, the local
    /// variables that the script's functions share, and the globals. The results are texts that show the values.
    package func evaluate(_ code: [UInt8]) -> LuaOutcome {
        outcome(code.withUnsafeBufferPointer { lunad_evaluate(state, $0.baseAddress, $0.count) })
    }

    /// Calls the function that the script gave for this topic of events, with `arguments` alone.
    package func call(handlerOf topic: String, _ arguments: [Value]) -> LuaOutcome {
        var writer = WireWriter()
        writer.put(list: arguments)
        return outcome(
            writer.bytes.withUnsafeBufferPointer { lunad_call_handler(state, topic, $0.baseAddress, $0.count) })
    }

    /// Goes on: with the reply of the call that waits, or, with nil, after a preemption or to unwind an interrupted wait.
    package func resume(_ reply: HostReply?) -> LuaOutcome {
        guard let reply else { return outcome(lunad_continue(state)) }
        return outcome(lunad_resume(state, border.set(reply, in: state)))
    }

    /// Drops the hook in progress; nothing more of it runs.
    package func abort() { lunad_abort(state) }

    private func outcome(_ outcome: lunad_outcome) -> LuaOutcome {
        switch outcome {
        case LUNAD_FINISHED: .finished(Value.readList(lunad_results(state).buffer))
        case LUNAD_WAITING: .waiting
        case LUNAD_PREEMPTED: .preempted
        case LUNAD_SYNTAX_ERROR: .failed(LuaFailure(.syntax, message: errorMessage, traceback: ""))
        case LUNAD_INTERRUPTED: .failed(withLocals(interruption()))
        default:
            .failed(
                withLocals(LuaFailure(.runtime, message: errorMessage, traceback: traceback, value: errorValue)))
        }
    }

    private func withLocals(_ failure: LuaFailure) -> LuaFailure {
        var failure = failure
        failure.locals = lunad_locals(state).text
        return failure
    }

    private func interruption() -> LuaFailure {
        let reason = InterruptReason(lunad_interrupted_by(state))
        return LuaFailure(.interrupted(reason), message: reason.message, traceback: traceback)
    }

    private var errorMessage: String { lunad_error_message(state).text }

    private var errorValue: Value? {
        let bytes = lunad_error_value(state)
        return bytes.count == 0 ? nil : Value.read(bytes.buffer)
    }

    /// Of the failure just returned.
    private var traceback: String { lunad_traceback(state).text }

    // MARK: - The daemon's table

    /// The plain fields of the table that the script returned, and the names of its functions.
    package func declaration() -> Result<(table: Value, hooks: Set<String>), HostError> {
        var table = lunad_bytes()
        var hooks = lunad_bytes()
        var error = lunad_bytes()
        guard lunad_declaration(state, &table, &hooks, &error) else { return .failure(HostError(.script, error.text)) }
        let names = hooks.text.split(separator: "\n").map(String.init)
        return .success((Value.read(table.buffer) ?? .emptyTable, Set(names)))
    }

    /// Sets a field of the table. A read-only one refuses writes; a table that was there is refilled in place.
    package func setField(_ name: String, _ value: Value, readOnly: Bool = false) throws(HostError) {
        var error = lunad_bytes()
        let wire = value.wire
        let isSet = wire.withUnsafeBufferPointer {
            lunad_set_field(state, name, $0.baseAddress, $0.count, readOnly, &error)
        }
        guard isSet else { throw HostError(.limitExceeded, error.text) }
    }

    /// A field of the table in wire form, at most `limit` bytes; an error names the part that is not plain data.
    /// Cost: one walk of the value. May be called while the script waits in a host call.
    package func encodeField(_ name: String, limit: Int) -> Result<[UInt8], HostError> {
        var value = lunad_bytes()
        var error = lunad_bytes()
        guard name.withCString({ lunad_encode_field(state, $0, limit, &value, &error) }) else {
            return .failure(HostError(.invalidArgument, error.text))
        }
        return .success(Array(value.buffer))
    }

    // MARK: - Limits, time and interrupts

    package func setLimits(_ limits: LuaLimits) {
        var raw = limits.raw
        lunad_set_limits(state, &raw)
    }

    /// Bytes of its heap in use.
    package var memoryUsed: Int { lunad_memory_used(state) }

    /// Collects all garbage. Cost: a walk of the whole heap.
    package func collect() { lunad_collect(state) }

    /// How long a hook may compute without a sign of life before it is interrupted; zero for no limit.
    package func setTimeout(_ timeout: Duration) { lunad_set_timeout(state, timeout.wholeNanoseconds) }

    /// What `lunad.stopping()` tells the script. Any thread.
    package func setStopping(_ stopping: Bool) { lunad_set_stopping(state, stopping) }

    /// Time since the last sign of life. Any thread.
    package var silence: Duration { .nanoseconds(lunad_silence(state)) }

    /// Silence counts from now: the host was at work in its place. Any thread.
    package func noteLife() { lunad_note_life(state) }

    /// Whether the silence has outlasted the timeout. Any thread.
    package var isOverdue: Bool { lunad_is_overdue(state) }

    /// The host call in progress. Any thread.
    package var currentHostCall: String? { lunad_current_call(state).map { String(cString: $0) } }

    /// Unwinds the script at its next instruction; no construct of Lua can catch it. Any thread.
    package func interrupt(_ reason: InterruptReason) { lunad_interrupt(state, reason.raw) }

    /// Forgets an interrupt that came when the hook had already ended.
    package func clearInterrupt() { lunad_clear_interrupt(state) }

    /// For tests: the `n`-th allocation from now on (1 is the next) fails, and its retry; then all with `forever`.
    package func failAllocation(_ n: UInt64, forever: Bool) { lunad_fail_allocation(state, n, forever) }

    /// How many growths of the heap there have been.
    package var allocations: UInt64 { lunad_allocations(state) }
}

extension LuaLimits {
    var raw: lunad_limits {
        lunad_limits(memory_hard: max(memoryHard, 0), memory_soft: max(memorySoft, 0), value_limit: max(value, 0))
    }
}
