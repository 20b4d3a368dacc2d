import Glibc

/// What changes whenever a file's content does: its place, its size and its times. Follows links.
package struct FileStamp: Sendable, Hashable {
    private var device: UInt64
    private var inode: UInt64
    private var size: Int64
    private var modified: Int64
    private var changed: Int64

    /// Nil when there is no such file.
    package init?(_ path: String) {
        var raw = stat()
        guard stat(path, &raw) == 0 else { return nil }
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        size = Int64(raw.st_size)
        modified = Int64(raw.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(raw.st_mtim.tv_nsec)
        changed = Int64(raw.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(raw.st_ctim.tv_nsec)
    }
}
