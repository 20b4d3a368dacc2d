import Glibc
import Model
import Platform
import Testing

@Suite("One script without a project")
struct ScriptRunTests {
    /// A folder with a script in it, and one for temporary files.
    private let project: HostedProject
    private var temporary: String { project.beside("tmp") }

    init() throws {
        project = try HostedProject()
        try Files.makeFolder(project.beside("tmp"))
        try Files.makeFolder("\(project.folder.path)/lib")
    }

    private func run(_ script: String) throws -> RunningHost {
        RunningHost(
            process: try ChildProcess(
                try HostedProject.binary, ["run", "\(project.folder.path)/\(script)", "--json"],
                environment: ["TMPDIR": temporary], output: .file(project.beside("out")),
                errors: .file(project.beside("err"))))
    }

    @Test("it runs with the modules beside it, takes changes over, and leaves nothing behind")
    func life() async throws {
        try project.write("return { name = 'world' }", to: "lib/who.lua")
        let text = """
            local who = require "who"
            local d = { every = 0.05, state = { n = 0 } }
            function d:run_step()
              self.state.n = self.state.n + 1
              print("hello", who.name, self.state.n)
            end
            return d
            """
        try project.write(text, to: "greeter.lua")
        let host = try run("greeter.lua")
        try await host.says("hello\tworld\t1", daemon: "greeter")
        #expect(try Files.list(temporary).count == 1)
        try project.write(text.replacingFirst("hello", by: "good day"), to: "greeter.lua")
        try await host.says("good day\tworld", daemon: "greeter")
        try project.write("return { name = 'moon' }", to: "lib/who.lua")
        try await host.says("good day\tmoon", daemon: "greeter")
        host.process.signal(SIGINT)
        #expect(try await host.ending() == .exited(0))
        #expect(try Files.list(temporary) == [])
    }

    @Test("a broken script is waited for until it is mended")
    func mended() async throws {
        try project.write("return {", to: "it.lua")
        let host = try run("it.lua")
        try await host.says("unexpected symbol near <eof>", daemon: "it")
        try project.write("return { run_step = function() print('mended') end }", to: "it.lua")
        try await host.says("mended", daemon: "it")
        #expect(try await host.stop() == .exited(0))
    }

    @Test("what is no script is refused, and leaves nothing behind", arguments: ["nothing.lua", ".hidden.lua"])
    func refused(name: String) async throws {
        try project.write("return {}", to: ".hidden.lua")
        let host = try run(name)
        #expect(try await host.ending() == .exited(1))
        #expect(host.text.contains(name))
        #expect(try Files.list(temporary) == [])
    }
}

extension String {
    fileprivate func replacingFirst(_ part: String, by other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
