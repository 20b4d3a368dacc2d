import Glibc
import Platform
import Testing

/// A folder of its own for one test, removed with everything in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/lunad-test-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template), "mkdtemp failed")
        path = String(cString: try #require(realpath(made, nil)))
    }

    deinit { Self.removeAll(path) }

    private static func removeAll(_ path: String) {
        if remove(path) == 0 { return }
        for name in (try? Files.list(path)) ?? [] { removeAll("\(path)/\(name)") }
        remove(path)
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func file(_ name: String, _ text: String = "") throws -> String {
        let stream = try #require(fopen(self(name), "w"), "cannot make \(name)")
        fputs(text, stream)
        fclose(stream)
        return self(name)
    }

    @discardableResult
    func folder(_ name: String) throws -> String {
        try #require(mkdir(self(name), 0o755) == 0, "cannot make \(name)")
        return self(name)
    }

    @discardableResult
    func link(_ name: String, to target: String) throws -> String {
        try #require(symlink(target, self(name)) == 0, "cannot link \(name)")
        return self(name)
    }
}
