import Glibc
import Model
import Platform
import Testing

/// OpenSSL's own little server, with a certificate for `localhost` that nobody else vouches for.
final class TLSServer {
    private let folder: String
    private var pid: pid_t = 0
    private(set) var port = 0

    var certificate: String { folder + "/certificate.pem" }
    private var key: String { folder + "/key.pem" }
    private var output: String { folder + "/output" }

    init() async throws {
        var template = Array("/tmp/lunad-tls-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template), "mkdtemp failed")
        folder = String(cString: made)
        let maker = try start([
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
        ])
        var status: Int32 = 0
        try #require(waitpid(maker, &status, 0) == maker && status == 0, "openssl made no certificate")
        pid = try start([
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-key", key, "-cert", certificate,
        ])
        await wait(for: "openssl to listen") {
            port = Self.port(in: (try? Files.read(output)) ?? [])
            return port > 0
        }
    }

    /// What follows `ACCEPT 127.0.0.1:` in the server's own words.
    private static func port(in output: [UInt8]) -> Int {
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard let line = lines.dropLast().first(where: { $0.hasPrefix("ACCEPT ") }) else { return 0 }
        return line.split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    private func start(_ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        try #require(posix_spawnp(&pid, "openssl", &actions, nil, &words, environ) == 0, "openssl is not installed")
        return pid
    }

    func end() {
        if pid > 0 {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        for name in ["certificate.pem", "key.pem", "output", ""] { remove("\(folder)/\(name)") }
    }
}
