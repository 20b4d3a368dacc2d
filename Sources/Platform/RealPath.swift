import Glibc
import Model

/// Absolute paths with every symbolic link and every `..` followed.
package enum RealPath {
    /// The real path of what exists of `path`, and behind it the parts that do not exist yet.
    ///
    /// Those parts must be plain names: a `..` behind something that does not exist is refused, a link that leads
    /// nowhere too.
    static func resolve(_ path: String) throws(HostError) -> String {
        var existing = path
        var missing: [String] = []
        while true {
            if let real = of(existing) {
                let tail = missing.reversed().joined(separator: "/")
                if tail.isEmpty { return real }
                return real == "/" ? "/" + tail : "\(real)/\(tail)"
            }
            let number = errno
            guard number == ENOENT, existing != "/" else { throw .system(number, "cannot follow \(path)") }
            while existing.utf8.last == UInt8(ascii: "/"), existing.utf8.count > 1 { existing.removeLast() }
            guard !isLink(existing) else {
                throw HostError(.forbidden, "cannot follow \(path): \(existing) is a symbolic link that leads nowhere")
            }
            let (folder, name) = Files.split(existing)
            guard name != ".." else {
                throw HostError(.notFound, "cannot follow \(path): it goes up from a folder that does not exist")
            }
            if name != "." { missing.append(name) }
            existing = folder
        }
    }

    /// The real path of what is there; nil when nothing is, or it cannot be reached.
    package static func of(_ path: String) -> String? {
        guard let buffer = realpath(path, nil) else { return nil }
        defer { free(buffer) }
        return String(cString: buffer)
    }

    private static func isLink(_ path: String) -> Bool {
        var raw = stat()
        return lstat(path, &raw) == 0 && raw.st_mode & S_IFMT == S_IFLNK
    }
}
