import Glibc
import Model

/// A path by which a Unix socket can be bound or reached, also when its real one is longer than the 107 bytes that an
/// address takes: then it goes through the open folder. Good while this value lives.
package struct SocketPath: ~Copyable {
    private static let longest = 107

    /// What to put into the address.
    package let path: String
    private let folder: FileDescriptor?

    package init(_ path: String) throws(HostError) {
        guard path.utf8.count > Self.longest else {
            self.path = path
            folder = nil
            return
        }
        let (parent, name) = Files.split(path)
        let raw = retryingOnInterrupt { open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard raw >= 0 else { throw .system(errno, "cannot reach \(path)") }
        self.path = "/proc/self/fd/\(raw)/\(name)"
        folder = FileDescriptor(raw)
    }

    /// The address for `bind` and `connect`.
    package var address: sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            bytes.copyBytes(from: path.utf8.prefix(Self.longest))
        }
        return address
    }
}
