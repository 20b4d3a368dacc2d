import LuaRuntime
import Model
import Platform
import Testing

@testable import LuaSyntax

/// What the check believes of a script's environment, against the environment itself.
@Suite struct SandboxTests {
    @Test("the names that the check knows are those that a script finds")
    func names() throws {
        let source = """
            local found = {}
            for name, value in pairs(_G) do
              found[name] = {}
              if type(value) == "table" and name ~= "_G" and name ~= "lunad" then
                for member in pairs(value) do found[name][member] = true end
              end
            end
            return { found = found }
            """
        let lua = try LuaState(limits: LuaLimits(memoryHard: 4 << 20), clock: SystemClock())
        defer { lua.close() }
        guard case .finished = lua.load(source: Array(source.utf8), chunkName: "@names.lua") else {
            Issue.record("the script did not end")
            return
        }
        let found = try lua.declaration().get().table["found"]
        #expect(Set(found?.keys ?? []) == Sandbox.globals)
        for (library, members) in Sandbox.libraries {
            #expect(Set(found?[library]?.keys ?? []) == members, "\(library)")
        }
    }
}

extension Value {
    fileprivate var keys: [String] {
        if case .object(let fields) = self { fields.map(\.key) } else { [] }
    }
}
