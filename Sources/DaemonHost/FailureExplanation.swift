import LuaRuntime
import Model

/// What helps to understand a failure: the lines around its place and the variables at that moment, in the form of a
/// traceback's further paragraphs; values of secret config keys are left out.
struct FailureExplanation {
    /// Lines before and after the one that failed.
    private static let before = 2
    private static let after = 1
    /// A longer line is cut.
    private static let width = 160

    /// The failure with what is known besides in its traceback.
    static func added(to failure: LuaFailure, source: [UInt8]?, secrets: [String]) -> LuaFailure {
        var failure = failure
        if !failure.locals.isEmpty {
            failure.traceback += "\nlocal variables:\n\t" + failure.locals.replacing("\n", with: "\n\t")
        }
        if let source, let line = failure.line, let file = failure.file, let excerpt = excerpt(source, line) {
            failure.traceback += "\nsource of \(file):\n" + excerpt
        }
        for secret in secrets {
            failure.message = hidden(secret, in: failure.message)
            failure.traceback = hidden(secret, in: failure.traceback)
        }
        return failure
    }

    /// The lines around `line`, with their numbers and a mark.
    static func excerpt(_ source: [UInt8], _ line: Int) -> String? {
        let lines = source.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard line >= 1, line <= lines.count else { return nil }
        let first = max(line - before, 1)
        let last = min(line + after, lines.count)
        return (first...last).map { number in
            let text = String(decoding: lines[number - 1], as: UTF8.self)
            let shown = text.count > width ? text.prefix(width) + "…" : Substring(text)
            let place = String(number)
            let gap = String(repeating: " ", count: max(6 - place.count, 0))
            return "\t\(gap)\(place) \(number == line ? ">" : "|") \(shown)"
        }.joined(separator: "\n")
    }

    /// The text without the secret, nor what of it a cut left standing: from its first characters to the end of the
    /// quoted text or line.
    static func hidden(_ secret: String, in text: String) -> String {
        guard secret.count >= 4 else { return text.replacing("\"\(secret)\"", with: "(secret)") }
        var text = text.replacing(secret, with: "(secret)")
        let start = String(secret.prefix(8))
        while let range = text.firstRange(of: start) {
            let rest = text[range.upperBound...]
            let end = rest.firstIndex { $0 == "\"" || $0 == "\n" } ?? rest.endIndex
            text.replaceSubrange(range.lowerBound..<end, with: "(secret)")
        }
        return text
    }
}

extension ScriptTask {
    /// The failure with the source around it and its variables.
    final func explained(_ failure: LuaFailure) -> LuaFailure {
        if case .interrupted(.stop) = failure.kind { return failure }
        return FailureExplanation.added(
            to: failure, source: failure.file.flatMap { loadedText(of: $0) }, secrets: secrets)
    }
}
