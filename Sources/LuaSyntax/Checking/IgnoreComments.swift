import Model

/// The comments `-- lunad: ignore` of a text, which silence what is found on a line: their own, or the next one when they
/// stand alone. Codes may follow: `-- lunad: ignore unused-local, unreachable`.
package struct IgnoreComments {
    private var silenced: [Int: Set<Finding.Code>] = [:]
    private var mistakes: [(SourcePosition, String)] = []

    /// Reads the comments of `source` up to its first fault.
    package init(source: [UInt8]) {
        var lexer = Lexer(source)
        while let token = try? lexer.next(), token.kind != .endOfFile {}
        for comment in lexer.directives { take(comment) }
    }

    /// The findings, which are about the text, that are left.
    package func filter(_ findings: [Finding]) -> [Finding] {
        findings.filter { finding in
            guard let line = finding.position?.line, !finding.isSyntaxError else { return true }
            return silenced[line]?.contains(finding.code) != true
        }
    }

    /// What is wrong with the comments themselves.
    func findings(in file: String) -> [Finding] {
        mistakes.map { Finding(file: file, position: $0.0, code: .unknownCode, message: $0.1) }
    }

    private mutating func take(_ comment: Lexer.Directive) {
        let words = comment.text.split { " \t,".contains($0) }.map(String.init)
        guard words.first == "ignore" else {
            let hint = DidYouMean.hint(for: words.first ?? "", in: ["ignore"])
            return mistakes.append((comment.position, "'\(words.first ?? "")' is nothing to tell lunad\(hint)"))
        }
        var codes: Set<Finding.Code> = []
        for word in words.dropFirst().prefix(while: { $0 != "--" && !$0.hasPrefix("(") }) {
            guard let code = Finding.Code(rawValue: word) else {
                let hint = DidYouMean.hint(for: word, in: Finding.Code.allCases.map(\.rawValue))
                mistakes.append((comment.position, "there is no kind of finding '\(word)'\(hint)"))
                continue
            }
            codes.insert(code)
        }
        if words.count == 1 { codes = Set(Finding.Code.allCases) }
        let line = comment.position.line + (comment.standsAlone ? 1 : 0)
        silenced[line, default: []].formUnion(codes)
    }
}
