import Glibc

/// An open descriptor with one owner; closed when that goes away.
package struct FileDescriptor: ~Copyable, Sendable {
    package let raw: Int32

    /// Takes over `raw`; nil when it is negative, as after a failed call.
    package init?(_ raw: Int32) {
        guard raw >= 0 else { return nil }
        self.raw = raw
    }

    deinit { close(raw) }
}
