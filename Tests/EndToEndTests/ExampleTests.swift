import Model
import Platform
import TestServer
import Testing

@Suite("The examples of the reference")
struct ExampleTests {
    /// A daemon whose step is the example; it says so when it has got through it.
    private static func daemon(_ example: String, _ server: TestServer) -> String {
        // The one that answers is not on the Internet.
        let example = example.replacing("https://api.example.org", with: "http://127.0.0.1:\(server.port)")
        return """
            local d = {
              every = 3600, state = { left = 3 },
              config = { folder = { type = "string", default = "files" } },
              allow = { fs = { "$folder" }, exec = { "ls" }, http = { "127.0.0.1:*" } },
            }
            function d:on_start()
              lunad.session(function(db) db:exec("CREATE TABLE IF NOT EXISTS sales (item TEXT, price REAL)") end)
            end
            local function example(self)
              \(example)
            end
            function d:run_step()
              example(self)
              lunad.log.info("got through")
            end
            return d
            """
    }

    @Test("each does in a host what it says")
    func run() async throws {
        let examples = LunadAPI.functions.filter { !$0.name.hasPrefix("job:") }
        let names = examples.map { $0.name.map { $0.isLetter ? String($0) : "_" }.joined() }
        let server = try TestServer { _ in .text("[1, 2, 3]") }
        let project = try HostedProject(
            Dictionary(uniqueKeysWithValues: zip(names, examples.map { Self.daemon($0.example, server) })),
            settings: "return {}")
        try Files.makeFolder(project.folder.jobs)
        try Files.makeFolder("\(project.folder.path)/files")
        try project.write("tea\nmilk\n", to: "files/list.txt")
        try project.write(
            "return { args = { path = { type = 'string' } }, command = { 'sha256sum', '{path}' } }",
            to: "scripts/jobs/sha256.lua")
        let methods = LunadAPI.functions.filter { $0.name.hasPrefix("job:") }
        for method in methods {
            try project.write(
                "local t = {} function t:run(job)\n\(method.example)\nend return t",
                to: "scripts/jobs/\(method.shortName).lua")
        }
        try project.script(
            "launcher",
            "return { every = 3600, run_step = function() "
                + methods.map { "lunad.jobs.launch('\($0.shortName)')" }.joined(separator: " ") + " end }")
        let host = try await project.run()
        for name in names {
            let line = try await host.line("the end of the example in \(name)") {
                $0.daemon == name && ($0.message == "got through" || $0.field("traceback") != nil)
            }
            #expect(line.message == "got through", "\(name)")
        }
        let list = methods.map { "'\($0.shortName)'" }.joined(separator: ", ")
        try await wait(for: "the jobs of the examples to complete") {
            let done = try project.database.column(
                "SELECT type FROM jobs WHERE status = 'completed' AND attempt = 1 AND type IN (\(list))")
            return Set(done).count == methods.count ? true : nil
        }
        #expect(Set(server.requests.map(\.method)) == ["GET", "POST", "DELETE"])
        #expect(try await host.stop() == .exited(0))
    }
}
