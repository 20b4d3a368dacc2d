import Model
import Platform
import Synchronization

/// The hashes of scripts and modules on disk, read again only when a file has changed.
///
/// A file whose place, size and times are the same counts as unchanged. Blocks for the reads. Bounded by the catalog's
/// limit of scripts; past it everything is read again.
final class CodeIndex: Sendable {
    private struct Entry {
        var stamp: FileStamp
        var hash: String
    }

    private let catalog: ScriptCatalog
    private let entries = Mutex<[String: Entry]>([:])

    init(catalog: ScriptCatalog) { self.catalog = catalog }

    /// What a script and these modules are on disk now; nil when there is no such script. A module that is not there has
    /// an empty hash.
    func identity(of type: String, modules: some Sequence<String>) -> CodeIdentity? {
        guard let script = hash(catalog.path(of: type), { try catalog.source(of: type).bytes }) else { return nil }
        var identity = CodeIdentity(script: script)
        for name in modules {
            identity.modules[name] = hash(catalog.path(ofModule: name), { try catalog.module(name) }) ?? ""
        }
        return identity
    }

    private func hash(_ path: String, _ read: () throws -> [UInt8]) -> String? {
        guard let stamp = FileStamp(path) else { return nil }
        if let entry = entries.withLock({ $0[path] }), entry.stamp == stamp { return entry.hash }
        guard let bytes = try? read() else { return nil }
        let hash = SHA256.hex(bytes)
        entries.withLock { entries in
            if entries.count >= ScriptCatalog.scriptLimit { entries = [:] }
            entries[path] = Entry(stamp: stamp, hash: hash)
        }
        return hash
    }
}
