import Testing

@testable import LuaSyntax

@Suite struct DeclarationMapTests {
    private let map = DeclarationMap(
        source: Array(
            """
            local d = {
              every = 5,
              config = {
                folder = { type = "string" },
              },
            }
            function d:on_start() end
            d.run_step = function() end
            return d
            """.utf8))

    @Test(
        "a problem's sentence leads to the line of its field",
        arguments: [
            ("every is 0; expected more", 2), ("config.folder.type is wrong", 4), ("config.folder.min is above max", 4),
            ("config.other is unknown", 3), ("function on_start is never called", 7),
            ("function run_step is never called", 8), ("function on_stop is missing", 1), ("the table is odd", 1),
        ])
    func places(problem: String, line: Int) {
        #expect(map.position(ofProblem: problem)?.line == line)
    }

    @Test("a table without a name has its fields in place too")
    func anonymous() {
        let map = DeclarationMap(source: Array("return {\n  every = 1,\n  run_step = function() end }".utf8))
        #expect(map.position(ofProblem: "every is odd")?.line == 2)
        #expect(map.position(ofProblem: "function run_step is odd")?.line == 3)
    }

    @Test(
        "a text with faults, or without such a table, has no places", arguments: ["return {", "return 1", "x = 1", ""])
    func empty(source: String) {
        #expect(DeclarationMap(source: Array(source.utf8)).position(of: "every") == nil)
    }
}
