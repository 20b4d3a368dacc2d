import Glibc
import Model
import Platform

/// The place of one script that is hosted without a project: a temporary folder that stands for one, and goes with it.
struct ScriptPlace {
    let folder: ProjectFolder
    private let root: String

    /// Lays out the folder for the script at `given`: the script is its one daemon; `lib/` and `jobs/` beside the script
    /// serve as `scripts/lib/` and `scripts/jobs/`, also when they come to be later.
    init(_ given: String) throws(HostError) {
        guard let path = RealPath.of(given), try Files.facts(of: path)?.kind == .file else {
            throw HostError(.notFound, "there is no script \(given)")
        }
        let parts = path.split(separator: "/")
        let name = parts.last.map(String.init) ?? ""
        let type = String(name.dropLast(".lua".count))
        guard name.hasSuffix(".lua"), ScriptCatalog.isValid(name: type) else {
            throw HostError(
                .invalidArgument,
                "\(given) cannot be a daemon: its name must be letters, digits, '_', '-' and '.', and end in .lua")
        }
        let home = "/" + parts.dropLast().joined(separator: "/")
        root = try Files.makeTemporaryFolder("lunad-\(type)")
        folder = ProjectFolder(
            single: .init(type: type, given: given, folder: home), path: RealPath.of(".") ?? home, root: root)
        do throws(HostError) {
            try Files.makeFolder(folder.scripts)
            try Files.link("\(folder.scripts)/\(name)", to: path)
            try Files.link(folder.jobs, to: "\(home)/jobs")
            try Files.link(folder.libraries, to: "\(home)/lib")
        } catch {
            remove()
            throw error
        }
    }

    /// Where `lunad status --dir` and the other commands find it.
    var path: String { root }

    /// Removes the folder; what cannot be removed is left to the system's own care of temporary files.
    func remove() { try? Files.remove(root) }
}
