import LuaRuntime
import Model
import Platform

/// Reads the optional `lunad.lua`: a chunk that returns a table.
enum ProjectSettings {
    private static let timeout = Duration.seconds(5)

    static func read(_ folder: ProjectFolder, clock: any HostClock) throws(HostError) -> HostSettings {
        guard try Files.facts(of: folder.settings) != nil else { return HostSettings() }
        let source = try Files.read(folder.settings, limit: ScriptCatalog.sourceLimit)
        let trial = ScriptTrial(project: folder, functions: [], clock: clock, timeout: timeout)
        let table = try trial.declared(source, name: "lunad.lua").table
        return try HostSettings.parse(table: table, file: "lunad.lua").get()
    }
}
