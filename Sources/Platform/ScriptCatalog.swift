import Model

/// The scripts of a project as they are on disk now.
package struct ScriptCatalog: Sendable {
    /// One script's text and identity.
    package struct Source: Sendable, Hashable {
        package var type: String
        /// Relative to the project, as error messages name it: `scripts/inbox.lua`.
        package var path: String
        package var bytes: [UInt8]
        /// SHA-256 of the text, in hexadecimal.
        package var hash: String
    }

    /// No script or module may be longer, in bytes.
    package static let sourceLimit = 4 << 20
    /// No more scripts are read from a folder.
    package static let scriptLimit = 100_000

    private let folder: ProjectFolder

    package init(folder: ProjectFolder) { self.folder = folder }

    /// The daemon types, sorted: every `scripts/NAME.lua`. Files with other names are left alone.
    package func types() throws(HostError) -> [String] {
        let names = try Files.list(folder.scripts, limit: Self.scriptLimit)
        return names.compactMap { name in
            guard name.hasSuffix(".lua") else { return nil }
            let type = String(name.dropLast(4))
            return Self.isValid(name: type) ? type : nil
        }.sorted()
    }

    /// Where the script of a type is, whether or not there is one.
    package func path(of type: String) -> String { "\(folder.scripts)/\(type).lua" }

    /// Where the module that `require(name)` means is, whether or not there is one.
    package func path(ofModule name: String) -> String { "\(folder.libraries)/\(relativePath(ofModule: name))" }

    /// In `scripts/lib`: `NAME.lua`, a dot being a folder, or else `NAME/init.lua`.
    private func relativePath(ofModule name: String) -> String {
        let relative = name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "/")
        let (file, inner) = ("\(relative).lua", "\(relative)/init.lua")
        let isInner =
            FileStamp("\(folder.libraries)/\(file)") == nil && FileStamp("\(folder.libraries)/\(inner)") != nil
        return isInner ? inner : file
    }

    /// The script of a type. Blocks for the read.
    package func source(of type: String) throws(HostError) -> Source {
        let path = folder.shown(script: type)
        let bytes = try read(self.path(of: type), shown: path)
        return Source(type: type, path: path, bytes: bytes, hash: SHA256.hex(bytes))
    }

    /// The job types, sorted: every `scripts/jobs/NAME.lua`; none when there is no such folder.
    package func jobTypes() throws(HostError) -> [String] {
        guard try Files.facts(of: folder.jobs)?.kind == .directory else { return [] }
        return try Files.list(folder.jobs, limit: Self.scriptLimit).compactMap { name in
            guard name.hasSuffix(".lua") else { return nil }
            let type = String(name.dropLast(4))
            return Self.isValid(name: type) ? type : nil
        }.sorted()
    }

    /// The script of a job type. Blocks for the read.
    package func jobSource(of type: String) throws(HostError) -> Source {
        let path = "scripts/jobs/\(type).lua"
        let bytes = try read("\(folder.jobs)/\(type).lua", shown: path)
        return Source(type: type, path: path, bytes: bytes, hash: SHA256.hex(bytes))
    }

    /// The module that `require(name)` means: `scripts/lib/NAME.lua`, a dot being a folder, or else
    /// `scripts/lib/NAME/init.lua`. Blocks for the read.
    package func module(_ name: String) throws(HostError) -> [UInt8] {
        let path = relativePath(ofModule: name)
        return try read("\(folder.libraries)/\(path)", shown: "scripts/lib/\(path)")
    }

    /// The modules of `scripts/lib` as `require` names them, in no order: `pl.List` for `pl/List.lua`, and `pl` besides
    /// `pl.init` for `pl/init.lua`. Blocks for the listing.
    package func modules() throws(HostError) -> [String] {
        guard try Files.facts(of: folder.libraries)?.kind == .directory else { return [] }
        return try moduleFiles(in: "", depth: 0).flatMap { file in
            let name = file.dropLast(4).split(separator: "/").joined(separator: ".")
            return name.hasSuffix(".init") ? [name, String(name.dropLast(5))] : [name]
        }
    }

    /// The files of `scripts/lib` and its folders, by their paths in it.
    private func moduleFiles(in inner: String, depth: Int) throws(HostError) -> [String] {
        var files: [String] = []
        for name in try Files.list("\(folder.libraries)/\(inner)", limit: Self.scriptLimit) {
            if name.hasSuffix(".lua") {
                files.append(inner + name)
            } else if depth < Self.deepestFolder,
                (try? Files.facts(of: "\(folder.libraries)/\(inner)\(name)"))?.kind == .directory
            {
                files += (try? moduleFiles(in: "\(inner)\(name)/", depth: depth + 1)) ?? []
            }
        }
        return files
    }

    /// Tells one content of `scripts/lib`, with its folders, from another; empty when it is not there. Blocks for the reads.
    package func librariesDigest() throws(HostError) -> String {
        guard try Files.facts(of: folder.libraries)?.kind == .directory else { return "" }
        return SHA256.hex(Array(try digests(of: folder.libraries, depth: 0).utf8))
    }

    /// Folders of modules may be nested this deep; a link that leads back ends here, too.
    private static let deepestFolder = 8

    private func digests(of path: String, depth: Int) throws(HostError) -> String {
        var digests = ""
        for name in try Files.list(path, limit: Self.scriptLimit) {
            let entry = "\(path)/\(name)"
            if name.hasSuffix(".lua") {
                let bytes = try? Files.read(entry, limit: Self.sourceLimit)
                digests += "\(entry) \(SHA256.hex(bytes ?? []))\n"
            } else if depth < Self.deepestFolder, (try? Files.facts(of: entry))?.kind == .directory {
                digests += (try? self.digests(of: entry, depth: depth + 1)) ?? ""
            }
        }
        return digests
    }

    /// Whether `name` can name a daemon or a script: letters, digits, `_`, `-`, `.`, at most 100, no leading dot.
    package static func isValid(name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "."), name.utf8.count <= 100 else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }

    /// Where the script of a type lies, or would.
    func checkedPath(of type: String) throws(HostError) -> String {
        guard Self.isValid(name: type) else { throw HostError(.invalidArgument, "'\(type)' cannot name a script") }
        return path(of: type)
    }

    private func read(_ path: String, shown: String) throws(HostError) -> [UInt8] {
        do {
            return try Files.read(path, limit: Self.sourceLimit)
        } catch {
            switch error.code {
            case .notFound: throw HostError(.notFound, "there is no \(shown)")
            case .limitExceeded:
                throw HostError(
                    .limitExceeded, "\(shown) is longer than the \(Self.sourceLimit >> 20) MB a script may have")
            default: throw HostError(error.code, "\(shown) cannot be read: \(error.message)", cause: error.cause)
            }
        }
    }
}
