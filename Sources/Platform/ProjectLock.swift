import Glibc
import Model

/// The right to host one project: held while this value lives, and gone with the process whatever ends it.
///
/// The lock belongs to the open file (an "open file description" lock), so that asking who holds it never takes it,
/// not even for an instant. The file stays when the lock is gone: only the lock counts.
package final class ProjectLock: Sendable {
    /// Who wrote the lock file last.
    package struct Holder: Sendable, Hashable {
        /// Nil when the holder has not yet written it.
        package var pid: Int32?
        package var bootID: String?

        package init(pid: Int32?, bootID: String?) {
            self.pid = pid
            self.bootID = bootID
        }
    }

    // From <fcntl.h>; macros that Swift does not import.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    private let file: FileDescriptor

    private init(file: consuming FileDescriptor) { self.file = file }

    /// Takes the lock on the file at `path`, made if needed; `conflict` names the process that holds it already.
    package static func acquire(_ path: String, bootID: String) throws(HostError) -> ProjectLock {
        let raw = retryingOnInterrupt { open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600) }
        guard let file = FileDescriptor(raw) else { throw .system(errno, "cannot open the lock \(path)") }
        var request = wholeFile(F_WRLCK)
        guard retryingOnInterrupt({ fcntl(file.raw, setLock, &request) }) == 0 else {
            let number = errno
            guard number == EAGAIN || number == EACCES else { throw .system(number, "cannot lock \(path)") }
            let who = readHolder(file.raw).pid.map { "process \($0)" } ?? "another process"
            throw HostError(.conflict, "\(who) hosts this project already (it holds \(path))")
        }
        try write("\(getpid()) \(bootID)\n", to: file.raw, path)
        return ProjectLock(file: file)
    }

    /// Who holds the lock now; nil when nobody does. Throws only when the file cannot be looked at.
    package static func holder(of path: String) throws(HostError) -> Holder? {
        let raw = retryingOnInterrupt { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
        guard let file = FileDescriptor(raw) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .system(errno, "cannot open the lock \(path)")
        }
        var request = wholeFile(F_WRLCK)
        guard retryingOnInterrupt({ fcntl(file.raw, getLock, &request) }) == 0 else {
            throw .system(errno, "cannot look at the lock \(path)")
        }
        return request.l_type == Int16(F_UNLCK) ? nil : readHolder(file.raw)
    }

    private static func wholeFile(_ type: Int32) -> flock {
        flock(l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
    }

    private static func write(_ text: String, to file: Int32, _ path: String) throws(HostError) {
        let bytes = Array(text.utf8)
        guard ftruncate(file, 0) == 0,
            retryingOnInterrupt({ pwrite(file, bytes, bytes.count, 0) }) == bytes.count
        else { throw .system(errno, "cannot write the lock \(path)") }
    }

    private static func readHolder(_ file: Int32) -> Holder {
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = retryingOnInterrupt { pread(file, &bytes, bytes.count, 0) }
        let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split { $0 == " " || $0 == "\n" }
        return Holder(pid: words.first.flatMap { Int32($0) }, bootID: words.dropFirst().first.map(String.init))
    }
}
