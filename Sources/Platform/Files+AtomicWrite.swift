import Glibc
import Model

extension Files {
    /// Writes a temporary file beside the target, brings it to disk and renames it over the target.
    static func write(
        _ bytes: [UInt8], to name: String, in directory: borrowing FileDescriptor, _ path: String
    ) throws(HostError) {
        let mode = try modeToKeep(name, directory, path)
        let temporary = ".lunad-\(BootID.make())"
        let raw = retryingOnInterrupt {
            openat(directory.raw, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode ?? 0o666)
        }
        guard let file = FileDescriptor(raw) else { throw .system(errno, "cannot write \(path)") }
        do throws(HostError) {
            // The process's mask applies to new files only.
            if let mode, fchmod(file.raw, mode) != 0 { throw HostError.system(errno, "cannot write \(path)") }
            try append(bytes, to: file, path)
            guard retryingOnInterrupt({ fsync(file.raw) }) == 0,
                renameat(directory.raw, temporary, directory.raw, name) == 0
            else { throw HostError.system(errno, "cannot write \(path)") }
        } catch {
            unlinkat(directory.raw, temporary, 0)
            throw error
        }
        guard retryingOnInterrupt({ fsync(directory.raw) }) == 0 else { throw .system(errno, "cannot write \(path)") }
    }

    /// The rights of the file that is about to be replaced; nil when there is none.
    private static func modeToKeep(
        _ name: String, _ directory: borrowing FileDescriptor, _ path: String
    ) throws(HostError) -> mode_t? {
        var raw = stat()
        guard fstatat(directory.raw, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw .system(errno, "cannot write \(path)")
        }
        let facts = FileFacts(raw)
        guard facts.kind == .file else {
            throw HostError(.conflict, "cannot write \(path): it is \(facts.kind.phrase), not a regular file")
        }
        return mode_t(facts.mode)
    }

    private static func append(
        _ bytes: [UInt8], to file: borrowing FileDescriptor, _ path: String
    ) throws(HostError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                retryingOnInterrupt {
                    Glibc.write(file.raw, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                }
            }
            guard count >= 0 else { throw .system(errno, "cannot write \(path)") }
            done += count
        }
    }
}
