import Glibc
import Model

extension ScriptCatalog {
    /// Puts a new script on disk; `conflict` when there is one of that name. Blocks for the write.
    package func add(_ bytes: [UInt8], as type: String) throws(HostError) {
        let path = try checkedPath(of: type)
        guard bytes.count <= Self.sourceLimit else {
            throw HostError(
                .limitExceeded, "the text is longer than the \(Self.sourceLimit >> 20) MB that a script may have")
        }
        guard try Files.facts(of: path) == nil else {
            throw HostError(.conflict, "there is a scripts/\(type).lua already")
        }
        try Files.write(bytes, to: path)
    }

    /// Takes a script from the disk; one that is not there is fine. Blocks for the disk.
    package func delete(_ type: String) throws(HostError) {
        guard unlink(try checkedPath(of: type)) == 0 || errno == ENOENT else {
            throw .system(errno, "cannot delete scripts/\(type).lua")
        }
    }
}
