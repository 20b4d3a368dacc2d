import CLuaShim
import Glibc
import Model
import Platform

/// A running program with the host's ends of its streams, until nothing of its process group is left.
final class LiveProcess: @unchecked Sendable {
    // Unchecked: the launching thread makes it, hands it over and forgets it; from then on only the thread that watches
    // the processes touches it.

    typealias Done = @Sendable (Result<ProcessResult, HostError>) -> Void

    let handle: ProcessHandle
    /// Also the id of its process group.
    let pid: Int32
    let started: MonotonicTime
    let done: Done
    var ladder: EndingLadder
    /// Becomes readable when the program ends; after that, when a process that it left in its group does.
    var watched: FileDescriptor?
    /// Its group has to be looked through for a process that is alive.
    var needsLook = false
    var input: FileDescriptor?
    var out: FileDescriptor?
    var err: FileDescriptor?
    private var stdin: ArraySlice<UInt8>
    /// Stays nil when another part of the process took the end from under this one.
    private var end: lunad_process_end?

    init(
        _ handle: ProcessHandle, _ spec: ProcessSpec, _ spawned: lunad_spawned, started: MonotonicTime,
        input: consuming FileDescriptor?, out: consuming FileDescriptor?, err: consuming FileDescriptor?,
        done: @escaping Done
    ) {
        self.handle = handle
        self.started = started
        self.done = done
        pid = spawned.pid
        watched = FileDescriptor(spawned.descriptor)
        ladder = EndingLadder(start: started, timeout: spec.timeout, grace: spec.grace)
        stdin = spec.stdin[...]
        self.input = input
        self.out = out
        self.err = err
    }

    /// Signals the whole group. Its id is not given to another one while the program is not reaped, or while a process
    /// of the group is watched.
    func carryOut(_ action: EndingLadder.Action) {
        switch action {
        case .terminate:
            kill(-pid, SIGTERM)
            // What is stopped has to go on to hear of it.
            kill(-pid, SIGCONT)
        case .kill:
            kill(-pid, SIGKILL)
        }
    }

    /// Takes the end of the program itself; whether something of its group may be left.
    func reap() -> Bool {
        if let action = ladder.exited() { carryOut(action) }
        var end = lunad_process_end()
        if lunad_reap(pid, &end) { self.end = end }
        watched = nil
        input = nil
        return kill(-pid, 0) == 0 || errno != ESRCH
    }

    /// Writes what the pipe takes; closes it after the last byte, or when nobody reads any more.
    func feed() {
        guard let descriptor = input?.raw else { return }
        let count = stdin.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        stdin = count > 0 ? stdin.dropFirst(count) : []
        guard stdin.isEmpty else { return }
        stdin = []
        input = nil
    }

    enum Output {
        case out
        case err
    }

    /// Takes what was written, at most one buffer full; whether there may be more at once.
    @discardableResult
    func drain(_ output: Output, _ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard let descriptor = output == .out ? out?.raw : err?.raw else { return false }
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 {
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            handle.state.withLock { state in
                switch output {
                case .out: state.out.append(bytes)
                case .err: state.err.append(bytes)
                }
            }
            return true
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return false }
        switch output {
        case .out: out = nil
        case .err: err = nil
        }
        return false
    }

    /// Takes what is left in the pipes, no more than a megabyte each: a process outside the group may hold them open and
    /// go on writing.
    func closeOutputs(after buffer: UnsafeMutableRawBufferPointer) {
        for output in [Output.out, .err] {
            var rounds = (1 << 20) / buffer.count
            while rounds > 0, drain(output, buffer) { rounds -= 1 }
        }
        out = nil
        err = nil
    }

    func result(now: MonotonicTime) -> ProcessResult {
        let (out, err) = handle.captured
        return ProcessResult(
            exitCode: end.flatMap { $0.exit_code < 0 ? nil : $0.exit_code },
            signal: end.flatMap { $0.signal == 0 ? nil : $0.signal },
            out: out, err: err,
            userSeconds: Double(end?.user_microseconds ?? 0) / 1e6,
            systemSeconds: Double(end?.system_microseconds ?? 0) / 1e6,
            maxResidentBytes: end?.max_resident_bytes ?? 0, wallSeconds: (now - started).inSeconds,
            endedBy: ladder.cause)
    }
}
