import LuaRuntime
import Model
import Platform

/// Reads the optional `lunad.lua`: a chunk that returns a table.
enum ProjectSettings {
    private static let memoryLimit = 16 << 20
    private static let timeout = Duration.seconds(5)

    static func read(_ folder: ProjectFolder, clock: any HostClock) throws(HostError) -> HostSettings {
        guard try Files.facts(of: folder.settings) != nil else { return HostSettings() }
        let source = try Files.read(folder.settings, limit: ScriptCatalog.sourceLimit)
        let loader = DeclarationLoader(memory: memoryLimit, timeout: timeout, clock: clock) { name in
            .failure(HostError(.notFound, "lunad.lua has no modules, and so no '\(name)'"))
        }
        let table = try loader.load(source, chunkName: "@lunad.lua").table
        return try HostSettings.parse(table: table, file: "lunad.lua").get()
    }
}
