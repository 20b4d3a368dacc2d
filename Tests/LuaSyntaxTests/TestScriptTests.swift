import Model
import Testing

@testable import LuaSyntax

@Suite("checking test scripts")
struct TestScriptTests {
    private func check(_ source: String, isTest: Bool = true) -> [String] {
        ScriptChecker(functions: LunadAPI.forTests, role: isTest ? .test : .daemon).check(
            Array(source.utf8), file: "x_test.lua"
        )
        .map(\.description)
    }

    @Test("the names of tests are known in tests alone")
    func names() {
        let source = """
            describe("a", function()
              before_each(function() lunad.test.host({ now = 0 }) end)
              it("b", function() assert.are_not.same({}, { 1 }) assert.is_nil(nil) assert(1) end)
              pending("c")
            end)
            """
        #expect(check(source) == [])
        #expect(check(source, isTest: false).contains { $0.contains("unknown global 'describe'") })
    }

    @Test(
        "what a test misspells is found",
        arguments: [
            ("itt('a', print)", "1:1: error: unknown global 'itt'; did you mean 'it'?"),
            ("assert.equall(1, 1)", "unknown assertion 'assert.equall'; did you mean 'assert.equal'?"),
            ("assert.is_not.equall(1, 1)", "unknown assertion 'assert.is_not.equall'; did you mean 'assert.equal'?"),
            ("local same = assert.is_sam same()", "unknown assertion 'assert.is_sam'"),
            ("lunad.test.hots()", "unknown name 'lunad.test.hots'; did you mean 'lunad.test.host'?"),
            ("lunad.fs.list('.')", "unknown name 'lunad.fs'"),
            ("lunad.test.host(1)", "must be a table"),
        ])
    func misspelled(source: String, expected: String) {
        let found = check(source)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }
}
