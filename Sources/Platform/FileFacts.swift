import Glibc
import Model

/// What the system knows of a file or folder.
package struct FileFacts: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case file
        case directory
        case link
        /// A pipe, socket or device.
        case other

        var phrase: String {
            switch self {
            case .file: "a regular file"
            case .directory: "a folder"
            case .link: "a symbolic link"
            case .other: "a pipe, socket or device"
            }
        }
    }

    package var kind: Kind
    /// In bytes.
    package var size: Int64
    /// When the content changed last.
    package var modified: WallTime
    /// The rights, such as `0o644`.
    package var mode: Int

    init(_ raw: stat) {
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        size = Int64(raw.st_size)
        let (seconds, nanoseconds) = (Int64(raw.st_mtim.tv_sec), Int64(raw.st_mtim.tv_nsec))
        modified = WallTime(
            milliseconds: seconds.multipliedReportingOverflow(by: 1_000).partialValue &+ nanoseconds / 1_000_000)
        mode = Int(raw.st_mode & 0o7777)
    }

    init(of file: borrowing FileDescriptor, _ path: String) throws(HostError) {
        var raw = stat()
        guard fstat(file.raw, &raw) == 0 else { throw .system(errno, "cannot look at \(path)") }
        self.init(raw)
    }

    /// As a script gets it: `type`, `size`, `modified` (seconds since 1970), `mode`.
    package var value: Value {
        [
            "type": .string(kind.rawValue), "size": .integer(size),
            "modified": .number(Double(modified.milliseconds) / 1_000), "mode": .integer(Int64(mode)),
        ]
    }
}
