import Glibc
import Platform
import Testing

/// A file system of a few megabytes, which a test can fill and forbid to write; only root can make one.
struct SmallDisk: Sendable {
    let path: String

    init(at path: String, megabytes: Int) throws {
        try #require(geteuid() == 0, "this test mounts a small disk: run it as root")
        try Files.makeFolder(path)
        self.path = path
        let status = mount("lunad-test", path, "tmpfs", 0, "size=\(megabytes)m,mode=0755")
        try #require(status == 0, "a small disk cannot be mounted: \(String(cString: strerror(errno)))")
    }

    func unmount() { umount2(path, Int32(MNT_DETACH)) }

    /// Leaves no room for another byte.
    func fill() throws {
        let file = open(filler, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 4_096)
        while write(file, block, block.count) > 0 {}
        try #require(errno == ENOSPC)
    }

    /// Gives back the room that `fill` took.
    func drain() { unlink(filler) }

    func forbidWrites() {
        let flags = UInt(MS_REMOUNT) | UInt(MS_RDONLY)
        #expect(mount("lunad-test", path, "tmpfs", flags, nil) == 0, "\(String(cString: strerror(errno)))")
    }

    private var filler: String { "\(path)/filler" }
}
