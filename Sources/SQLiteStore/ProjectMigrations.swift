import Glibc
import Model

/// The `.sql` files that lie directly in a project's folder of migrations.
struct ProjectMigrations {
    /// The largest file that is read, in bytes.
    static let maxBytes = 16 << 20

    let folder: String

    /// All of them in name order; none when there is no such folder. A name that is not `NNNN_what.sql` is refused.
    func load() throws(HostError) -> [SchemaMigration] {
        var migrations: [SchemaMigration] = []
        for name in try names() {
            guard Self.isWellNamed(name) else {
                throw HostError(
                    .invalidArgument,
                    "the migration \(folder)/\(name) must be named NNNN_what.sql, for instance 0001_\(name)")
            }
            let path = "\(folder)/\(name)"
            migrations.append(SchemaMigration(origin: .project, name: name, place: path, sql: try read(path)))
        }
        return migrations
    }

    private func names() throws(HostError) -> [String] {
        guard let listing = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw HostError(
                .io, "the folder of migrations \(folder) cannot be read", cause: String(cString: strerror(errno)))
        }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".sql"), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private func read(_ path: String) throws(HostError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { Glibc.close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw unreadable(path) }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw HostError(.invalidArgument, "the migration \(path) must be a regular file")
        }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            guard count > 0 else { break }
            text += chunk[..<count]
            guard text.count <= Self.maxBytes else {
                throw HostError(.limitExceeded, "the migration \(path) is longer than \(Self.maxBytes) bytes")
            }
        }
        guard let sql = String(validating: text, as: UTF8.self) else {
            throw HostError(.invalidArgument, "the migration \(path) must be UTF-8 text")
        }
        return sql
    }

    private func unreadable(_ path: String) -> HostError {
        HostError(.io, "the migration \(path) cannot be read", cause: String(cString: strerror(errno)))
    }

    /// Four digits, an underscore, something, `.sql`.
    private static func isWellNamed(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return bytes.count > 9 && bytes[..<4].allSatisfy { (48...57).contains($0) } && bytes[4] == UInt8(ascii: "_")
    }
}
