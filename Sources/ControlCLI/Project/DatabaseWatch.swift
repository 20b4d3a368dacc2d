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
    /// Milliseconds of quiet after a write until each further look.
    private static let looksAfterWrite: [Int32] = [2, 20, 200, 1_000]
    private var looksToCome: ArraySlice<Int32> = []

    /// Watches from now on: what is read after this misses nothing that a later look would find.
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

    /// Blocks until it is time to look at the database: after a write, and a few more times when no further one follows,
    /// since a write to the log precedes by an fsync the moment at which its rows can be seen.
    mutating func waitForNextLook() throws(HostError) {
        while true {
            switch try news(within: looksToCome.first ?? -1) {
            case .database:
                looksToCome = Self.looksAfterWrite[...]
                return
            case .nothing:
                looksToCome.removeFirst()
                return
            case .other: break
            }
        }
    }

    enum News {
        case database
        /// Another file in the folder.
        case other
        /// The time is over.
        case nothing
    }

    /// What happens within so many milliseconds; a negative number waits without a limit.
    func news(within milliseconds: Int32) throws(HostError) -> News {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&polled, 1, milliseconds) < 0 {
            guard errno == EINTR else { throw .system(errno, "cannot watch the database") }
        }
        guard polled.revents != 0 else { return .nothing }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { throw .system(errno, "cannot watch the database") }
        return concernsDatabase(buffer[..<count]) ? .database : .other
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
