import Model

/// The port through which the engine runs external programs.
package protocol ProgramRunner: AnyObject, Sendable {
    /// Has a program started, and returns before it is; `done` is called exactly once, on a thread that must not be held
    /// up, with what came of it or with why it could not be started.
    func start(
        _ spec: ProcessSpec, done: @escaping @Sendable (Result<ProcessResult, HostError>) -> Void
    ) throws(HostError) -> any RunningProgram
}

/// A program that was asked for: it waits for its start, runs, or has ended.
package protocol RunningProgram: AnyObject, Sendable {
    /// The number of its process, also after its end; nil while it waits for its start, and for one that is no process.
    var pid: Int32? { get }
    /// What it wrote so far.
    var captured: (out: CapturedOutput, err: CapturedOutput) { get }
    /// Asks it to end, and ends it `grace` later. Returns at once; `done` tells when all is over.
    func cancel(grace: Duration)
}

extension ProcessHandle: RunningProgram {}

extension ProcessRunner: ProgramRunner {
    package func start(
        _ spec: ProcessSpec, done: @escaping @Sendable (Result<ProcessResult, HostError>) -> Void
    ) throws(HostError) -> any RunningProgram {
        let handle: ProcessHandle = try start(spec, done: done)
        return handle
    }
}
