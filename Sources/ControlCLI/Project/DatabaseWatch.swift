import Glibc
import Model
import Platform

/// Wakes when a database may have changed: by inotify on its write-ahead log, without polling.
struct DatabaseWatch: ~Copyable {
    /// What follows an event's fixed part is its name, padded with zeros.
    private static let headerSize = MemoryLayout<inotify_event>.size

    private let descriptor: Int32
    /// The files whose change counts: the database and its log.
    private let names: Set<String>

    /// Watches from now on: what is read after this misses nothing that `wait` would tell.
    init(database path: String) throws(HostError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        names = [name, name + "-wal"]
        descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { throw .system(errno, "cannot watch \(folder)") }
        guard inotify_add_watch(descriptor, folder, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)) >= 0 else {
            let number = errno
            close(descriptor)
            throw .system(number, "cannot watch \(folder)")
        }
    }

    deinit { close(descriptor) }

    /// Blocks until the database was written to, without a limit.
    func wait() throws(HostError) {
        while try !hasNews(waiting: true) {}
    }

    /// Whether the database was written to since the last look.
    func hasNews() throws(HostError) -> Bool { try hasNews(waiting: false) }

    /// Reads what events there are, after `waiting` for the first one if so wished.
    private func hasNews(waiting: Bool) throws(HostError) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&polled, 1, waiting ? -1 : 0) < 0 {
            guard errno == EINTR else { throw .system(errno, "cannot watch the database") }
        }
        guard polled.revents != 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { throw .system(errno, "cannot watch the database") }
        return concernsDatabase(buffer[..<count])
    }

    private func concernsDatabase(_ events: ArraySlice<UInt8>) -> Bool {
        var rest = events
        while rest.count >= Self.headerSize {
            let event = rest.withUnsafeBytes { $0.loadUnaligned(as: inotify_event.self) }
            let length = Int(event.len)
            let name = rest.dropFirst(Self.headerSize).prefix(length).prefix { $0 != 0 }
            // A full queue has lost events: any of them may have been ours.
            if event.mask & UInt32(IN_Q_OVERFLOW) != 0 || names.contains(String(decoding: name, as: UTF8.self)) {
                return true
            }
            rest = rest.dropFirst(Self.headerSize + length)
        }
        return false
    }
}
