import LuaSyntax
import Model
import Platform
import Testing

@testable import ControlCLI

@Suite("lunad meta") struct MetaCommandTests {
    private let project: TemporaryProject

    init() throws {
        project = try TemporaryProject()
        try project.write(
            """
            ---@class lunad.daemon.in_box
            local inbox = {
              config = {
                folder = { type = "string", default = "in", doc = "What to watch" },
                mode   = { type = "string", one_of = { "copy", "move" } },
                batch  = { type = "integer", default = 5, min = 1 },
              },
              state = { seen = {}, count = 0, last = "x", share = 0.5 },
              run_step = function() end,
            }
            return inbox
            """, to: "scripts/in-box.lua")
        try project.write(
            "return { args = { path = { type = 'string', required = true }, size = { type = 'number', default = 1 } }, "
                + "command = { 'ls', '{path}' } }", to: "scripts/jobs/list.lua")
    }

    private func annotations() throws -> String { try project.read("lunad.d.lua") }

    @Test("the file is Lua, and has every function, hook and class")
    func complete() async throws {
        let outcome = await project.run(["meta"])
        #expect(outcome.status == 0)
        let text = try annotations()
        let findings = ScriptChecker(functions: []).check(Array(text.utf8), file: "lunad.d.lua")
        #expect(findings.filter(\.isSyntaxError).isEmpty)
        for function in LunadAPI.functions {
            let names = function.parameters.map { $0.type == .variadic ? "..." : $0.name }.joined(separator: ", ")
            #expect(text.contains("function \(function.spelling)(\(names)) end\n"), "\(function.name)")
        }
        for type in LunadAPI.classes { #expect(text.contains("---@class lunad.\(type.name)\n"), "\(type.name)") }
        for hook in LunadAPI.daemonHooks + LunadAPI.jobHooks {
            #expect(text.contains("---@field \(hook.name) async fun(self: lunad."), "\(hook.name)")
        }
        #expect(text.contains("---@async\n---@param seconds number How long"))
        #expect(text.contains("---@return integer # the job's id\n---@return boolean _ # false when"))
    }

    @Test("a daemon's config and state, and a job's arguments, are classes of their own")
    func scripts() async throws {
        #expect(await project.run(["meta"]).status == 0)
        let text = try annotations()
        #expect(
            text.contains(
                """
                ---@class lunad.config.in_box
                ---@field batch integer (a whole number of at least 1; default: 5)
                ---@field folder string What to watch (default: "in")
                ---@field mode? "copy"|"move"\u{20}

                """), "\(text)")
        for field in ["seen table", "count integer", "last string", "share number", "[string] any"] {
            #expect(text.contains("---@field \(field)\n"), "\(field)")
        }
        #expect(text.contains("---@class lunad.daemon.in_box : lunad.Daemon\n"))
        #expect(
            text.contains("---@class lunad.args.list\n---@field path string \n---@field size? number (default: 1)\n"))
        #expect(
            text.contains("---@class lunad.run.list.args\n---@field path string \n---@field size number (default: 1)\n")
        )
        #expect(
            text.contains(
                "---@overload fun(type: \"list\", args: lunad.args.list, options?: lunad.LaunchOptions): integer, boolean\n"
            ))
    }

    @Test("a script without its class's line is named, one with it is not")
    func unmarked() async throws {
        let outcome = await project.run(["meta"])
        #expect(outcome.messages.contains("Wrote lunad.d.lua: the API, 1 daemon, 1 job type.\n"))
        #expect(
            outcome.messages.contains(
                "Put the line '---@class lunad.job.list' above the table of scripts/jobs/list.lua: then"))
    }

    @Test("a script that does not load is left out, and said")
    func broken() async throws {
        try project.write("return {", to: "scripts/broken.lua")
        let outcome = await project.run(["meta"])
        #expect(outcome.status == 0)
        #expect(outcome.messages.contains("left out scripts/broken.lua: it does not load; 'lunad check' says why\n"))
    }

    @Test("written twice it is the same, and the settings are complete")
    func again() async throws {
        #expect(await project.run(["meta"]).messages.contains("Wrote .luarc.json.\n"))
        let first = (try annotations(), try project.read(".luarc.json"))
        #expect(await project.run(["meta"]).messages.contains(".luarc.json has all it needs.\n"))
        #expect(first == (try annotations(), try project.read(".luarc.json")))
        let json = await project.run(["meta", "--json"])
        #expect(json.output == "{\"written\":[\"lunad.d.lua\"]}\n")
    }

    @Test("a file of the same name that the command did not write is not touched")
    func foreign() async throws {
        try project.write("-- mine\n", to: "lunad.d.lua")
        let outcome = await project.run(["meta"])
        #expect(outcome.status == 1)
        #expect(outcome.messages.contains("'lunad meta' did not write it"))
        #expect(try annotations() == "-- mine\n")
    }

    @Test("settings that a person wrote stay, and what they lack is added and said")
    func merging() async throws {
        try project.write(
            #"{ "runtime.version": "Lua 5.1", "hint.enable": true, "diagnostics.globals": ["mine"] }"#,
            to: ".luarc.json")
        let outcome = await project.run(["meta"])
        #expect(outcome.messages.contains(".luarc.json has its own runtime.version; it stays.\n"))
        #expect(outcome.messages.contains("Added to .luarc.json: runtime.path, "))
        let settings = try JSON.decode(try project.read(".luarc.json"))
        #expect(settings["runtime.version"] == "Lua 5.1")
        #expect(settings["hint.enable"] == true)
        #expect(settings["diagnostics.globals"] == ["mine", "lunad"])
        #expect(settings["workspace.library"] == ["lunad.d.lua"])
    }

    @Test("settings with comments in them are left alone, and shown what they lack")
    func comments() async throws {
        try project.write("{\n  // mine\n}\n", to: ".luarc.json")
        let outcome = await project.run(["meta"])
        #expect(outcome.status == 0)
        #expect(try project.read(".luarc.json") == "{\n  // mine\n}\n")
        #expect(outcome.messages.contains("Left .luarc.json as it is"))
        #expect(outcome.messages.contains("\"runtime.version\": \"Lua 5.4\""))
    }

    @Test("a folder without scripts is refused")
    func noProject() async {
        #expect(await project.run(["meta", "\(project.folder.path)/var"]).status == 1)
    }
}
