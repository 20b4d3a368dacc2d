import Model

/// Reads a script without running it and says what would go wrong: faults of syntax, unknown names, misused `lunad.*`.
package struct ScriptChecker: Sendable {
    /// A larger source is not read: no script of that size was written by hand.
    package static let maximumSourceBytes = 4 << 20
    /// At most this many findings a file; the rest is counted.
    package static let maximumFindings = 100

    private let functions: [APIFunction]
    private let isTest: Bool

    /// `functions` is the declared `lunad` table. A test script has names of its own besides.
    package init(functions: [APIFunction], isTest: Bool = false) {
        self.functions = functions
        self.isTest = isTest
    }

    /// Everything found in `source`, in the order of the text. `file` is how the findings call it. Safe on any bytes;
    /// time grows as the source does.
    package func check(_ source: [UInt8], file: String) -> [Finding] {
        guard source.count <= Self.maximumSourceBytes else {
            let bound = Self.maximumSourceBytes >> 20
            return [finding(file, nil, "the file is larger than \(bound) MB, the limit for a script")]
        }
        do throws(SyntaxError) {
            let chunk = try Parser.parse(source)
            var walker = TreeWalker(
                file: file, catalog: APICatalog(functions), daemon: isTest ? nil : DaemonTable(in: chunk),
                isTest: isTest)
            return bounded(walker.walk(chunk), file: file)
        } catch {
            var fault = finding(file, error.position, error.message)
            fault.isSyntaxError = true
            return [fault]
        }
    }

    private func finding(_ file: String, _ position: SourcePosition?, _ message: String) -> Finding {
        Finding(file: file, position: position, severity: .error, message: message)
    }

    private func bounded(_ findings: [Finding], file: String) -> [Finding] {
        let sorted = findings.sorted()
        guard sorted.count > Self.maximumFindings else { return sorted }
        let rest = sorted.dropFirst(Self.maximumFindings)
        let severity: Finding.Severity = rest.contains { $0.severity == .error } ? .error : .warning
        let message = "\(rest.count) more findings not shown"
        let more = Finding(file: file, position: nil, severity: severity, message: message)
        return sorted.prefix(Self.maximumFindings) + [more]
    }
}
