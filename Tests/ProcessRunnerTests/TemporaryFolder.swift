import Glibc
import Testing

/// A folder of its own for one test, removed with the files in it.
final class TemporaryFolder {
    let path: String
    private var files: [String] = []

    init() throws {
        var template = Array("/tmp/lunad-test-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template), "mkdtemp failed")
        path = String(cString: made)
    }

    deinit {
        for file in files { unlink(file) }
        rmdir(path)
    }

    /// Makes a file with `text`; returns its path.
    @discardableResult
    func script(_ name: String, _ text: String, mode: mode_t = 0o755) throws -> String {
        let file = "\(path)/\(name)"
        let stream = try #require(fopen(file, "w"), "cannot make \(file)")
        fputs(text, stream)
        fclose(stream)
        chmod(file, mode)
        files.append(file)
        return file
    }
}
