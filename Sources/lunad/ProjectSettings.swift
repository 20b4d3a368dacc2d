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
        let lua = try LuaState(limits: LuaLimits(memoryHard: memoryLimit), functions: [], clock: clock)
        defer { lua.close() }
        lua.setTimeout(timeout)
        var outcome = lua.load(source: source, chunkName: "@lunad.lua")
        while case .preempted = outcome { outcome = lua.resume(nil) }
        if case .failed(let failure) = outcome { throw HostError(.script, failure.message) }
        do {
            return try HostSettings.parse(table: lua.declaration().get().table, file: "lunad.lua").get()
        } catch {
            throw HostError(error.code, "lunad.lua: \(error.message)", cause: error.cause)
        }
    }
}
