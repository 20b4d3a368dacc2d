import Model
import Testing

@testable import ScriptTesting

@Suite("the names that tests find")
struct VocabularyTests {
    @Test("words that only lead to an assertion are no part of its name")
    func words() {
        #expect(ScriptTestVocabulary.problem(ofAssertion: ["is_not_nil"]) == nil)
        #expect(ScriptTestVocabulary.problem(ofAssertion: ["are", "not", "same"]) == nil)
        #expect(ScriptTestVocabulary.problem(ofAssertion: ["has_no_error"]) == nil)
        #expect(ScriptTestVocabulary.problem(ofAssertion: ["equall"])?.contains("'assert.equal'") == true)
    }
}
