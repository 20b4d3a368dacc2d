import Glibc

/// A process that the benchmark started; it does not outlive this value.
final class Child {
    let pid: pid_t
    private var status: Int32?

    /// Standard output goes nowhere, standard error to `errors`, or to that of the benchmark.
    init(_ program: String, _ arguments: [String], errors: Int32 = STDERR_FILENO) throws(BenchError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        if errors != STDERR_FILENO { posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO) }
        let words = ([program] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, nil, words + [nil], environ)
        guard code == 0 else { throw BenchError("\(program) cannot be started: \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    deinit {
        guard status == nil else { return }
        kill(pid, SIGKILL)
        _ = wait()
    }

    /// Waits for its end; its status as the system gives it.
    func wait() -> Int32 {
        if let status { return status }
        var ended: Int32 = 0
        while waitpid(pid, &ended, 0) < 0, errno == EINTR {}
        status = ended
        return ended
    }

    func terminate() -> Int32 {
        kill(pid, SIGTERM)
        return wait()
    }
}
