import Glibc
import Model

/// The secret that a client of the host's TCP port shows: 64 hexadecimal digits in a file that only its owner may read.
package enum AccessToken {
    private static let digits = 64

    /// Reads the token at `path`; makes it, and the file, when there is none. `forbidden` when others may read the file.
    package static func readOrMake(at path: String) throws(HostError) -> String {
        if let token = try read(path) { return token }
        let raw = retryingOnInterrupt { open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600) }
        guard let file = FileDescriptor(raw) else {
            let number = errno
            // Somebody else made it meanwhile.
            if number == EEXIST, let token = try read(path) { return token }
            throw .system(number, "cannot make the token \(path)")
        }
        let token = BootID.make() + BootID.make()
        let bytes = Array("\(token)\n".utf8)
        guard retryingOnInterrupt({ write(file.raw, bytes, bytes.count) }) == bytes.count,
            retryingOnInterrupt({ fsync(file.raw) }) == 0
        else {
            let number = errno
            unlink(path)
            throw .system(number, "cannot write the token \(path)")
        }
        return token
    }

    private static func read(_ path: String) throws(HostError) -> String? {
        guard let facts = try Files.facts(of: path) else { return nil }
        guard facts.mode & 0o077 == 0 else {
            throw HostError(.forbidden, "\(path) can be read by others; delete it, or 'chmod 600' it if nobody has")
        }
        let text = String(decoding: try Files.read(path, limit: 1_024), as: UTF8.self)
        let token = String(text.prefix { $0 != "\n" })
        guard token.utf8.count == digits, token.allSatisfy(\.isHexDigit) else {
            throw HostError(.corrupt, "\(path) holds no token; delete it, and a new one is made")
        }
        return token
    }
}
