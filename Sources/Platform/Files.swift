import Glibc
import Model

/// Whole files and folders by path; every call may block for the disk. Errors name the path.
package enum Files {
    /// The most that is read or written at once unless a caller says otherwise.
    package static let largestFile = 16 << 20
    /// The most names that a folder is listed with.
    package static let longestList = 100_000

    /// The content of a regular file, also of those whose size the system does not tell, such as in `/proc`.
    ///
    /// `limitExceeded` when it holds more than `limit` bytes. A pipe, device or folder is refused, never waited for.
    package static func read(_ path: String, limit: Int = largestFile) throws(HostError) -> [UInt8] {
        let raw = retryingOnInterrupt { open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) }
        guard let file = FileDescriptor(raw) else { throw .system(errno, "cannot read \(path)") }
        return try read(file, path, limit: limit)
    }

    static func read(_ file: borrowing FileDescriptor, _ path: String, limit: Int) throws(HostError) -> [UInt8] {
        let facts = try FileFacts(of: file, path)
        guard facts.kind == .file else {
            throw HostError(.invalidArgument, "cannot read \(path): it is \(facts.kind.phrase), not a regular file")
        }
        guard facts.size <= limit else { throw tooLarge(path, limit) }
        // One byte more than expected, so that the end of the file shows in the first read.
        var bytes = [UInt8](repeating: 0, count: max(Int(facts.size) + 1, 4_096))
        var count = 0
        while true {
            let got = bytes.withUnsafeMutableBytes { buffer in
                retryingOnInterrupt {
                    Glibc.read(file.raw, buffer.baseAddress?.advanced(by: count), buffer.count - count)
                }
            }
            guard got >= 0 else { throw .system(errno, "cannot read \(path)") }
            if got == 0 { break }
            count += got
            guard count <= limit else { throw tooLarge(path, limit) }
            if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: count)) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    private static func tooLarge(_ path: String, _ limit: Int) -> HostError {
        HostError(.limitExceeded, "cannot read \(path): it is larger than \(limit.grouped) bytes")
    }

    /// Replaces the file, or makes it, in one step: readers see the old content or the new, also after a power loss,
    /// and the new is on disk when this returns. The rights of a file that exists are kept.
    package static func write(_ bytes: [UInt8], to path: String) throws(HostError) {
        let (folder, name) = split(path)
        guard !name.isEmpty, name != ".", name != ".." else {
            throw HostError(.invalidArgument, "cannot write \(path): it names a folder")
        }
        let raw = retryingOnInterrupt { open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let directory = FileDescriptor(raw) else { throw .system(errno, "cannot write \(path)") }
        try write(bytes, to: name, in: directory, path)
    }

    /// The last part of a path, and what is before it (`.` for nothing).
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.utf8.index(after: slash)...]))
    }

    /// The names in a folder without `.` and `..`, in order of their bytes; names that are not UTF-8 are repaired.
    ///
    /// `limitExceeded` beyond `limit` names.
    package static func list(_ path: String, limit: Int = longestList) throws(HostError) -> [String] {
        let raw = retryingOnInterrupt { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let directory = FileDescriptor(raw) else { throw .system(errno, "cannot list \(path)") }
        return try list(directory, path, limit: limit)
    }

    static func list(_ directory: borrowing FileDescriptor, _ path: String, limit: Int) throws(HostError) -> [String] {
        // A descriptor of its own: the stream closes the one it is given.
        let copy = fcntl(directory.raw, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .system(errno, "cannot list \(path)") }
        guard let stream = fdopendir(copy) else {
            let number = errno
            close(copy)
            throw .system(number, "cannot list \(path)")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            guard names.count < limit else {
                throw HostError(.limitExceeded, "cannot list \(path): it holds more than \(limit.grouped) names")
            }
            names.append(name)
        }
        guard errno == 0 else { throw .system(errno, "cannot list \(path)") }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// What is known of the file or folder that the path leads to; nil when nothing is there.
    package static func facts(of path: String) throws(HostError) -> FileFacts? {
        var raw = stat()
        guard retryingOnInterrupt({ stat(path, &raw) }) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .system(errno, "cannot look at \(path)")
        }
        return FileFacts(raw)
    }
}
