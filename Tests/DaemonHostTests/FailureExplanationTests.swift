import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("what a failed step tells")
    struct FailureExplanationTests {
        private static let script = """
            local d = {
              every = 10,
              config = { key = { type = "string", default = "s3cr3t-abcdef-0123456789", secret = true } },
            }
            local function inner(count, name)
              local items = { "a", size = count, nested = { deep = { deeper = 1 } } }
              local token = "Bearer " .. d.config.key
              error("cannot go on with " .. name)
            end
            function d:run_step()
              local outer = true
              inner(3, "this")
            end
            return d
            """

        @Test("the error comes with the source around it, the variables, and without what is secret")
        func explained() async throws {
            try await HostScene.run(["d": Self.script]) { scene in
                try await scene.boot()
                let error = try #require(try scene.store.errors(ErrorQuery()).first?.report)
                #expect(error.message == "scripts/d.lua:8: cannot go on with this")
                let text = try #require(error.traceback)
                for line in [
                    "local variables:", "\tscripts/d.lua:8", "count = 3", #"name = "this""#, "items = {", "size = 3",
                    "nested = { deep = {…} }", "scripts/d.lua:12", "outer = true", "source of scripts/d.lua:",
                    "     7 |   local token", "     8 >   error(", "     9 | end",
                ] {
                    #expect(text.contains(line), "\(line) is not in: \(text)")
                }
                #expect(!text.contains("s3cr3t") && text.contains("(secret)"))
            }
        }

        @Test(
            "a secret is hidden whole, cut, and inside other text",
            arguments: [
                (#"a = "hunter22""#, #"a = "(secret)""#), (#"a = "xhunter22y" b"#, #"a = "x(secret)y" b"#),
                ("nothing here", "nothing here"),
            ])
        func hidden(text: String, expected: String) {
            #expect(FailureExplanation.hidden("hunter22", in: text) == expected)
        }

        @Test("of a long secret that was cut, what is left is hidden to the end of the text")
        func cut() {
            let secret = "0123456789abcdefghij"
            #expect(
                FailureExplanation.hidden(secret, in: #"t = "0123456789abc"…, u = 1"#) == #"t = "(secret)"…, u = 1"#)
        }

        @Test("an excerpt is as long as the text allows, and there is none of a line that does not exist")
        func excerpts() {
            let text = Array("one\ntwo\nthree".utf8)
            #expect(FailureExplanation.excerpt(text, 1) == "\t     1 > one\n\t     2 | two")
            #expect(FailureExplanation.excerpt(text, 3) == "\t     1 | one\n\t     2 | two\n\t     3 > three")
            #expect(FailureExplanation.excerpt(text, 4) == nil)
        }
    }
}
