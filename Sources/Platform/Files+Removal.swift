import Glibc
import Model

extension Files {
    /// Removes a file, or a folder with all that is in it; links are removed, not followed. What is not there is fine.
    package static func remove(_ path: String) throws(HostError) {
        var raw = stat()
        guard lstat(path, &raw) == 0 else {
            if errno == ENOENT { return }
            throw .system(errno, "cannot remove \(path)")
        }
        let isFolder = raw.st_mode & S_IFMT == S_IFDIR
        if isFolder {
            for name in try list(path) { try remove("\(path)/\(name)") }
        }
        guard isFolder ? rmdir(path) == 0 : unlink(path) == 0 else { throw .system(errno, "cannot remove \(path)") }
    }

    /// Makes a link at `path` that leads to `target`, whether or not that is there yet.
    package static func link(_ path: String, to target: String) throws(HostError) {
        guard symlink(target, path) == 0 else { throw .system(errno, "cannot make the link \(path)") }
    }

    /// Makes a new folder whose name begins with `prefix` where temporary files belong, its owner's alone; its real path.
    package static func makeTemporaryFolder(_ prefix: String) throws(HostError) -> String {
        let place = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        var template = Array("\(place.isEmpty ? "/tmp" : place)/\(prefix)-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template).map({ String(cString: $0) }) else {
            throw .system(errno, "cannot make a folder for temporary files")
        }
        return RealPath.of(made) ?? made
    }
}
