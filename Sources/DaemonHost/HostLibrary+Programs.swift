import LuaRuntime
import Model
import ProcessRunner

extension HostLibrary {
    static let programs: [String: Handler] = [
        "exec": { task, arguments in task.execute(arguments) }
    ]
}

extension ScriptTask {
    /// From SIGTERM to SIGKILL for a program whose script was interrupted.
    private static let programGrace = Duration.seconds(2)

    /// Runs a granted program; the script waits for its end.
    func execute(_ arguments: [Value]) -> HostReply {
        do {
            let spec = try ProcessSpec(arguments, folder: context.folder.path)
            try programGrants.check(spec.argv.first ?? "")
            let serial = startWait(.blocking)
            let program = try context.jobs.runner.start(spec) { [self] result in
                post(.reply(serial, HostReply(of: { () throws(HostError) in [try result.get().value] })))
            }
            giveUpWait = { program.cancel(grace: Self.programGrace) }
            return .wait
        } catch {
            endWait()
            return .error(error.description)
        }
    }
}

/// Which programs a script may run: what it declares, within what the operator allows.
struct ProgramGrants: Sendable {
    var granted: [String] = []
    var limits: [String]?
    var script = ""

    func check(_ program: String) throws(HostError) {
        guard granted.contains(program) else {
            throw HostError(
                .forbidden,
                "running '\(program)' is not granted: allow = { exec = { \"\(program)\" } } in \(script) would grant it"
            )
        }
        guard let limits, !limits.contains(program) else { return }
        throw HostError(
            .forbidden,
            "running '\(program)' is granted by \(script) but not by the operator: "
                + "allow = { exec = { \"\(program)\" } } in lunad.lua would grant it")
    }
}

extension ProcessSpec {
    private static let known = LunadAPI.type(named: "ExecOptions")?.names ?? []

    /// `argv` and the options of `lunad.exec`, checked.
    init(_ arguments: [Value], folder: String) throws(HostError) {
        guard case .array(let parts) = arguments[at: 0], parts.allSatisfy({ $0.typeName == "string" }) else {
            throw HostError(.invalidArgument, "the argument vector must be a list of strings, the program first")
        }
        self.init(parts.map(\.text), folder: folder, timeout: .seconds(60))
        for field in arguments[at: 1].fields { try take(field) }
    }

    private mutating func take(_ field: Value.Field) throws(HostError) {
        switch field.key {
        case "timeout": timeout = .saturating(seconds: field.value.doubleValue ?? 60)
        case "stdin": stdin = field.value.utf8Bytes
        case "cwd": folder = field.value.text
        case "output_limit": outputLimit = Int(field.value.integerValue ?? 1 << 20)
        case "env":
            for variable in field.value.fields { environment[variable.key] = variable.value.text }
        default:
            throw HostError(
                .invalidArgument, "unknown option '\(field.key)'\(DidYouMean.hint(for: field.key, in: Self.known))")
        }
    }
}
