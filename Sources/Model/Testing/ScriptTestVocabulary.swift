/// The names that a test script finds besides those of every script.
package enum ScriptTestVocabulary {
    /// The functions that make tests.
    package static let functions = [
        "after_each", "before_each", "context", "describe", "it", "pending", "setup", "teardown",
    ]

    /// What can be asserted: `assert.NAME`, also as `assert.is_NAME`, `assert.not_NAME`, `assert.are.NAME` and so on.
    package static let assertions = [
        "boolean", "contains", "equal", "equals", "error", "error_matches", "errors", "false", "falsy", "function",
        "match", "matches", "near", "nil", "number", "same", "string", "table", "true", "truthy",
    ]

    /// Words in front of an assertion that only make it read well.
    package static let fillers: Set<String> = ["is", "are", "was", "were", "has", "have", "does", "be"]
    /// Words in front of an assertion that turn it round.
    package static let negations: Set<String> = ["not", "no"]

    /// What is wrong with `assert.` followed by these names, as a sentence's end; nil when it is an assertion.
    package static func problem(ofAssertion path: [String]) -> String? {
        let name = name(in: path)
        if name.isEmpty || assertions.contains(name) { return nil }
        let near = DidYouMean.closest(to: name, in: assertions).map { "did you mean 'assert.\($0)'?" }
        return "; \(near ?? "there are \(assertions.joined(separator: ", "))")"
    }

    /// Whether these names lead to an assertion, not only towards one.
    package static func isComplete(_ path: [String]) -> Bool { !name(in: path).isEmpty }

    private static func name(in path: [String]) -> String {
        var words = path.flatMap { $0.split(separator: "_").map(String.init) }
        while let word = words.first, fillers.contains(word) || negations.contains(word) { words.removeFirst() }
        return words.joined(separator: "_")
    }
}
