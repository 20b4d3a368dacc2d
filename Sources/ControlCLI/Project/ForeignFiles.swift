import LuaRuntime
import Model
import Platform

/// Which modules of `scripts/lib` are other people's, so that their style is not for `check` to judge: those behind a
/// link that leads out of the project, and those that `check.skip` of `lunad.lua` names.
struct ForeignFiles {
    private let skipped: [String]
    private let root: String?

    /// Settings that cannot be read skip nothing; what is wrong with them is told where they are checked.
    init(of project: ProjectFolder, clock: any HostClock, timeout: Duration) {
        root = RealPath.of(project.path)
        let trial = ScriptTrial(project: project, functions: [], clock: clock, timeout: timeout)
        let table = (try? Files.read(project.settings, limit: ScriptCatalog.sourceLimit)).flatMap { source in
            try? trial.declared(source, name: "lunad.lua").table
        }
        let settings = table.flatMap { try? HostSettings.parse(table: $0, file: "lunad.lua").get() }
        skipped = settings?.checkSkips ?? []
    }

    func contains(_ file: ProjectFile) -> Bool {
        guard file.part == .module else { return false }
        if skipped.contains(where: { file.name == $0 || file.name.hasPrefix($0 + "/") }) { return true }
        guard let root, let path = RealPath.of(file.path) else { return false }
        return !path.hasPrefix(root + "/")
    }
}
