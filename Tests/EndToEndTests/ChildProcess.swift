import Glibc
import Synchronization
import Testing

/// A process that a test started: its streams go to files, and it never outlives this value.
final class ChildProcess: Sendable {
    let pid: pid_t
    let outputPath: String
    let errorPath: String
    private let reaped = Mutex<Ending?>(nil)

    /// How it ended.
    enum Ending: Sendable, Hashable {
        case exited(Int32)
        case killed(Int32)
    }

    /// Starts `program` with `arguments`; `output` and `errors` are files, made anew, or a descriptor of this process.
    init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], output: Stream, errors: Stream
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        output.put(at: STDOUT_FILENO, &actions)
        errors.put(at: STDERR_FILENO, &actions)
        for number in Self.otherDescriptors { posix_spawn_file_actions_addclose(&actions, number) }
        var attributes = try Self.defaultSignals()
        defer { posix_spawnattr_destroy(&attributes) }
        let words = ([program] + arguments).map { strdup($0) }
        let variables = Self.environment(environment).map { strdup($0) }
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, program, &actions, &attributes, words + [nil], variables + [nil])
        try #require(status == 0, "cannot start \(program): \(String(cString: strerror(status)))")
        self.pid = pid
        outputPath = output.path
        errorPath = errors.path
    }

    deinit { killAndReap() }

    /// Where a stream goes.
    enum Stream {
        case file(String)
        case descriptor(Int32)

        var path: String {
            if case .file(let path) = self { path } else { "/dev/null" }
        }

        fileprivate func put(at number: Int32, _ actions: inout posix_spawn_file_actions_t) {
            switch self {
            case .file(let path):
                posix_spawn_file_actions_addopen(&actions, number, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            case .descriptor(let descriptor):
                posix_spawn_file_actions_adddup2(&actions, descriptor, number)
            }
        }
    }

    /// A test process may block or ignore signals; its children begin without that.
    private static func defaultSignals() throws -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        try #require(posix_spawnattr_setflags(&attributes, flags) == 0)
        return attributes
    }

    /// What the test process has open and a child must not hold open.
    private static let otherDescriptors = (STDERR_FILENO + 1)..<256

    private static func environment(_ changes: [String: String]) -> [String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let all = ["PATH": path, "TZ": "UTC"].merging(changes) { $1 }
        return all.map { "\($0)=\($1)" }
    }

    func signal(_ number: Int32) {
        reaped.withLock { ending in
            if ending == nil { kill(pid, number) }
        }
    }

    /// How it ended; nil while it runs.
    func ending() -> Ending? {
        reaped.withLock { ending in
            if let ending { return ending }
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid { ending = Ending(waitStatus: status) }
            return ending
        }
    }

    /// Ends it the hard way and takes it away.
    func killAndReap() {
        reaped.withLock { ending in
            guard ending == nil else { return }
            kill(pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            ending = Ending(waitStatus: status)
        }
    }
}

extension ChildProcess.Ending {
    fileprivate init(waitStatus status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal)
    }
}
