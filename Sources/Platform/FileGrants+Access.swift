import Glibc
import Model

// Between the look at a path and its opening somebody could put a link in its place. So whatever was opened is asked
// where it really is, and used only when that is the path that was granted.
extension FileGrants {
    // From <fcntl.h>, which Swift does not import: opens only the way to a file, whatever it is and without reading it.
    private static let openPath: Int32 = 0o10_000_000

    /// A regular file's content; see `Files.read`.
    package func read(_ path: String, limit: Int = Files.largestFile) throws(HostError) -> [UInt8] {
        let file = try open(try resolve(path), O_RDONLY | O_NONBLOCK, "cannot read \(path)")
        return try Files.read(file, path, limit: limit)
    }

    /// Replaces or makes a file; see `Files.write`. `limitExceeded` beyond `limit` bytes.
    package func write(
        _ bytes: [UInt8], to path: String, limit: Int = Files.largestFile
    ) throws(HostError) {
        guard bytes.count <= limit else {
            let sizes = "\(bytes.count.grouped) bytes, at most \(limit.grouped) are allowed"
            throw HostError(.limitExceeded, "cannot write \(path): \(sizes)")
        }
        let (folder, name) = Files.split(try resolve(path))
        guard !name.isEmpty else { throw HostError(.conflict, "cannot write \(path): it is a folder") }
        let directory = try open(folder, O_RDONLY | O_DIRECTORY, "cannot write \(path)")
        try Files.write(bytes, to: name, in: directory, path)
    }

    /// A folder's names, sorted; see `Files.list`.
    package func list(_ path: String, limit: Int = Files.longestList) throws(HostError) -> [String] {
        let directory = try open(try resolve(path), O_RDONLY | O_DIRECTORY, "cannot list \(path)")
        return try Files.list(directory, path, limit: limit)
    }

    /// What is known of a file or folder; nil when nothing is there.
    package func stat(_ path: String) throws(HostError) -> FileFacts? {
        let real = try resolve(path)
        do throws(HostError) {
            let file = try open(real, Self.openPath, "cannot look at \(path)")
            return try FileFacts(of: file, path)
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    private func open(_ real: String, _ flags: Int32, _ action: String) throws(HostError) -> FileDescriptor {
        let raw = retryingOnInterrupt { Glibc.open(real, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY) }
        guard let file = FileDescriptor(raw) else { throw .system(errno, action) }
        guard Self.place(of: file) == real else {
            throw HostError(.forbidden, "\(action): the way to it changed while it was opened")
        }
        return file
    }

    /// Where an open file is now, as the system knows it.
    private static func place(of file: borrowing FileDescriptor) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4_097)
        let count = bytes.withUnsafeMutableBytes { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlink("/proc/self/fd/\(file.raw)", $0, text.count) } ?? -1
            }
        }
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
