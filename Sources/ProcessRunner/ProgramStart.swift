import CLuaShim
import Glibc
import Model
import Platform

/// Starts one program: finds it, makes its surroundings and its pipes.
struct ProgramStart {
    let spec: ProcessSpec
    let handle: ProcessHandle
    let markers: ProcessMarkers

    /// Blocks until the program runs. Every error names it.
    func launch(done: @escaping LiveProcess.Done) throws(HostError) -> LiveProcess {
        let environment = variables()
        let path = try ProgramPath.find(spec, path: environment["PATH"])
        let input = try openInput()
        let out = try StreamPipe(hostKeeps: .reader, "cannot run \(spec.name)")
        let err = try StreamPipe(hostKeeps: .reader, "cannot run \(spec.name)")
        let started = SystemClock().monotonic()
        let spawned = spawn(path, environment, (input.program.raw, out.writer.raw, err.writer.raw))
        guard spawned.error == 0 else { throw failure(spawned, path, environment) }
        handle.state.withLock { $0.pid = spawned.pid }
        return LiveProcess(
            handle, spec, spawned, started: started, input: input.host, out: out.reader, err: err.reader, done: done)
    }

    private func variables() -> [String: String] {
        var variables: [String: String] = [:]
        for name in spec.inherits {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        variables.merge(spec.environment) { _, own in own }
        return variables.merging(markers.variables(run: handle.run, job: spec.job)) { _, marker in marker }
    }

    private struct Input: ~Copyable {
        let program: FileDescriptor
        let host: FileDescriptor?
    }

    /// A pipe when there is something to read, else what is at its end from the beginning.
    private func openInput() throws(HostError) -> Input {
        if !spec.stdin.isEmpty {
            let pipe = try StreamPipe(hostKeeps: .writer, "cannot run \(spec.name)")
            return Input(program: pipe.reader, host: pipe.writer)
        }
        guard let nothing = FileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)) else {
            throw .system(errno, "cannot run \(spec.name)")
        }
        return Input(program: nothing, host: nil)
    }

    private func spawn(_ path: String, _ environment: [String: String], _ ends: (Int32, Int32, Int32)) -> lunad_spawned
    {
        let arguments = CStringVector(spec.argv)
        let variables = CStringVector(environment.map { "\($0.key)=\($0.value)" })
        return path.withCString { path in
            arguments.withPointer { arguments in
                variables.withPointer { variables in
                    withOptionalCString(spec.folder) { folder in
                        var program = lunad_program(
                            path: path, arguments: arguments, environment: variables, folder: folder, ends: ends)
                        return lunad_spawn(&program)
                    }
                }
            }
        }
    }

    private func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
        guard let text else { return body(nil) }
        return text.withCString { body($0) }
    }

    private func failure(_ spawned: lunad_spawned, _ path: String, _ environment: [String: String]) -> HostError {
        let action = "cannot run \(spec.name)"
        switch (spawned.step, spawned.error) {
        case (LUNAD_SPAWN_FOLDER, let number):
            return .system(number, "\(action): cannot enter its folder \(spec.folder ?? "")")
        case (LUNAD_SPAWN_EXECUTE, E2BIG):
            let size = (spec.argv + environment.flatMap { [$0.key, $0.value] }).reduce(0) { $0 + $1.utf8.count + 1 }
            return HostError(
                .limitExceeded,
                "\(action): its arguments and variables are too long (\(size.grouped) bytes); "
                    + "large data belongs in its input")
        case (LUNAD_SPAWN_EXECUTE, ENOENT):
            return HostError(.notFound, "\(action): the interpreter in the first line of \(path) does not exist")
        case (LUNAD_SPAWN_EXECUTE, ENOEXEC):
            let reason = "\(path) is neither a program nor a script that begins with #!"
            return HostError(.invalidArgument, "\(action): \(reason)")
        case (LUNAD_SPAWN_PROCESS, EAGAIN):
            return HostError(.limitExceeded, "\(action): the system has no room for another process")
        case (_, let number):
            return .system(number, "\(action) (\(path))")
        }
    }
}
