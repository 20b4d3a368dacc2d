import Glibc
import Model
import Platform
import Testing

/// A project folder of its own for one scene, removed with everything in it.
final class ProjectOnDisk: Sendable {
    let folder: ProjectFolder

    /// `scripts` by name: `inbox` becomes `scripts/inbox.lua`, `lib/shared` becomes `scripts/lib/shared.lua`.
    init(scripts: [String: String]) throws {
        var template = Array("/tmp/lunad-engine-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template), "mkdtemp failed")
        folder = ProjectFolder(path: String(cString: try #require(realpath(made, nil))))
        for path in [folder.scripts, folder.libraries, folder.jobs] {
            try #require(mkdir(path, 0o755) == 0, "cannot make \(path)")
        }
        for (name, text) in scripts { try write(script: name, text) }
    }

    deinit { Self.removeAll(folder.path) }

    func write(script name: String, _ text: String) throws { try write("scripts/\(name).lua", text) }

    func delete(script name: String) throws {
        try #require(remove("\(folder.scripts)/\(name).lua") == 0, "cannot delete \(name)")
    }

    /// A file anywhere in the project.
    func write(_ name: String, _ text: String) throws {
        try Files.write(Array(text.utf8), to: "\(folder.path)/\(name)")
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Files.read("\(folder.path)/\(name)"), as: UTF8.self)
    }

    func makeFolder(_ name: String) throws { try Files.makeFolder("\(folder.path)/\(name)") }

    private static func removeAll(_ path: String) {
        if remove(path) == 0 { return }
        for name in (try? Files.list(path)) ?? [] { removeAll("\(path)/\(name)") }
        remove(path)
    }
}
