import Glibc
import Model

/// Tells when files in some folders change, by inotify: no polling, and no wake-up while nothing happens.
///
/// Bursts are gathered: the change is told once the folders have been quiet for `quietPeriod`, at the latest after
/// `burstLimit`. What changed is for the caller to find out; a lost event (queue overflow) is told like any other.
package final class FolderWatcher: Sendable {
    package static let quietPeriod = Duration.milliseconds(25)
    package static let burstLimit = Duration.milliseconds(500)

    private static let interesting = UInt32(
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_ONLYDIR)

    private let folders: [String]
    private let trees: [String]
    private let descriptor: Int32
    private let wakeUp: (read: Int32, write: Int32)
    private let changed: @Sendable () -> Void
    /// The folders by their watches. Touched before the watching begins, and by its thread alone.
    private nonisolated(unsafe) var watched: [Int32: String] = [:]

    /// Folders in `trees` may be nested this deep, and no more of them are watched.
    private static let deepestFolder = 8
    private static let mostFolders = 1_000

    /// Begins to watch the `folders`, and the `trees` with all folders in them. A folder that does not exist yet is
    /// watched from when it appears in a watched one. `changed` is called on the watcher's own thread.
    package init(
        folders: [String], trees: [String] = [], changed: @escaping @Sendable () -> Void
    ) throws(HostError) {
        self.folders = folders
        self.trees = trees
        self.changed = changed
        descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard descriptor >= 0 else { throw Self.failure("files cannot be watched") }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            close(descriptor)
            throw Self.failure("files cannot be watched")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wakeUp = (ends[0], ends[1])
        addWatches()
        do {
            try NativeThread.start(name: "lunad-watch") { [self] in watch() }
        } catch {
            closeDescriptors()
            throw error
        }
    }

    /// Ends the watching; `changed` may still be called once by a burst under way.
    package func stop() {
        var byte: UInt8 = 1
        _ = write(wakeUp.write, &byte, 1)
    }

    private func addWatches() {
        for folder in folders { _ = addWatch(folder) }
        var left = Self.mostFolders
        for tree in trees { addTree(tree, depth: 0, &left) }
    }

    private func addTree(_ folder: String, depth: Int, _ left: inout Int) {
        guard left > 0, depth <= Self.deepestFolder, addWatch(folder) else { return }
        left -= 1
        for name in (try? Files.list(folder)) ?? [] where !name.hasSuffix(".lua") {
            addTree("\(folder)/\(name)", depth: depth + 1, &left)
        }
    }

    private func addWatch(_ folder: String) -> Bool {
        let number = inotify_add_watch(descriptor, folder, Self.interesting)
        if number >= 0 { watched[number] = folder }
        return number >= 0
    }

    private func watch() {
        while waitForEvents(timeout: -1) {
            guard drain() else { continue }
            guard settle() else { break }
            addWatches()
            changed()
        }
        closeDescriptors()
    }

    /// Waits until the folders are quiet; false when the watching ends.
    private func settle() -> Bool {
        let clock = ContinuousClock()
        let latest = clock.now + Self.burstLimit
        while clock.now < latest {
            guard waitForEvents(timeout: Int32(Self.quietPeriod.wholeNanoseconds / 1_000_000)) else { return false }
            guard drain() else { return true }
        }
        return true
    }

    /// Blocks until something is to be read or the time is over; false when the watching ends.
    private func waitForEvents(timeout: Int32) -> Bool {
        var polled = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeUp.read, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&polled, 2, timeout) < 0, errno == EINTR {}
        return polled[1].revents == 0
    }

    /// Takes the waiting events; whether there were any that tell of a change.
    @discardableResult
    private func drain() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        var any = false
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return any }
            any = tellsOfChange(buffer[..<count]) || any
        }
    }

    /// A new file is not one yet: that it is complete is told when it is closed. A link is complete at once.
    private func tellsOfChange(_ events: ArraySlice<UInt8>) -> Bool {
        let headerSize = MemoryLayout<inotify_event>.size
        var offset = events.startIndex
        while offset + headerSize <= events.endIndex {
            let header = events[offset...].withUnsafeBytes { $0.loadUnaligned(as: inotify_event.self) }
            let name = events[(offset + headerSize)...].prefix(Int(header.len)).prefix { $0 != 0 }
            offset += headerSize + Int(header.len)
            let isNewFile = header.mask & UInt32(IN_CREATE) != 0 && header.mask & UInt32(IN_ISDIR) == 0
            guard isNewFile, let folder = watched[header.wd] else { return true }
            guard Self.isBeingWritten("\(folder)/\(String(decoding: name, as: UTF8.self))") else { return true }
        }
        return false
    }

    /// A regular file with one name: somebody has just made it, and writes to it.
    private static func isBeingWritten(_ path: String) -> Bool {
        var raw = stat()
        return lstat(path, &raw) == 0 && raw.st_mode & S_IFMT == S_IFREG && raw.st_nlink == 1
    }

    private func closeDescriptors() {
        close(descriptor)
        close(wakeUp.read)
        close(wakeUp.write)
    }

    private static func failure(_ message: String) -> HostError {
        HostError(.unavailable, message, cause: String(cString: strerror(errno)))
    }
}
