import Model

/// Reads a script without running it and says what would go wrong: faults of syntax, unknown names, misused `lunad.*`.
package struct ScriptChecker: Sendable {
    /// A larger source is not read: no script of that size was written by hand.
    package static let maximumSourceBytes = 4 << 20
    /// At most this many findings a file; the rest is counted.
    package static let maximumFindings = 100

    private let functions: [APIFunction]
    private let jobFields: [String]
    private let endedJobFields: [String]

    /// `functions` is the declared `lunad` table; `jobFields` are those of the job that a job's `run` is given,
    /// `endedJobFields` those of the one that `on_job` is told of.
    package init(functions: [APIFunction], jobFields: [String] = [], endedJobFields: [String] = []) {
        self.functions = functions
        self.jobFields = jobFields
        self.endedJobFields = endedJobFields
    }

    /// Everything found in `source`, in the order of the text. `file` is how the findings call it. Safe on any bytes;
    /// time grows as the source does.
    package func check(_ source: [UInt8], file: String, as role: ScriptRole = .daemon) -> [Finding] {
        guard source.count <= Self.maximumSourceBytes else {
            let bound = Self.maximumSourceBytes >> 20
            return [finding(file, nil, "the file is larger than \(bound) MB, the limit for a script")]
        }
        do throws(SyntaxError) {
            let chunk = try Parser.parse(source)
            var walker = TreeWalker(
                file: file, catalog: APICatalog(functions), daemon: DaemonTable(in: chunk), role: role,
                jobFields: jobFields, endedJobFields: endedJobFields)
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
