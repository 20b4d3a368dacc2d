import Model

/// Reads a script without running it and says what would go wrong: faults of syntax, unknown names, misused `lunad.*`.
package struct ScriptChecker: Sendable {
    /// A larger source is not read: no script of that size was written by hand.
    package static let maximumSourceBytes = 4 << 20
    /// At most this many findings a file; the rest is counted.
    package static let maximumFindings = 100

    private let functions: [APIFunction]
    private let names: ProjectNames
    private let role: ScriptRole
    private let jobFields: [String]
    private let endedJobFields: [String]

    /// `functions` is the declared `lunad` table, `names` what the project's other files are called, `jobFields` and
    /// `endedJobFields` what the job has that a job's `run`, or a daemon's `on_job`, is given.
    package init(
        functions: [APIFunction], names: ProjectNames = ProjectNames(), role: ScriptRole = .daemon,
        jobFields: [String] = [], endedJobFields: [String] = []
    ) {
        self.functions = functions
        self.names = names
        self.role = role
        self.jobFields = jobFields
        self.endedJobFields = endedJobFields
    }

    /// Everything found in `source`, in the order of the text. `file` is how the findings call it. Safe on any bytes;
    /// time grows as the source does.
    package func check(_ source: [UInt8], file: String) -> [Finding] {
        guard source.count <= Self.maximumSourceBytes else {
            let bound = Self.maximumSourceBytes >> 20
            let message = "the file is larger than \(bound) MB, the limit for a script"
            return [Finding(file: file, position: nil, code: .tooLarge, message: message)]
        }
        do throws(SyntaxError) {
            let chunk = try Parser.parse(source)
            var walker = TreeWalker(
                file: file, catalog: APICatalog(functions), daemon: role == .test ? nil : DaemonTable(in: chunk),
                names: names, role: role, jobFields: jobFields, endedJobFields: endedJobFields)
            let comments = IgnoreComments(source: source)
            return bounded(comments.filter(walker.walk(chunk)) + comments.findings(in: file), file: file)
        } catch {
            return [Finding(file: file, position: error.position, code: .syntax, message: error.message)]
        }
    }

    private func bounded(_ findings: [Finding], file: String) -> [Finding] {
        let sorted = findings.sorted()
        guard sorted.count > Self.maximumFindings else { return sorted }
        let rest = sorted.dropFirst(Self.maximumFindings)
        let severity: Finding.Severity = rest.contains { $0.severity == .error } ? .error : .warning
        let message = "\(rest.count) more findings not shown"
        let more = Finding(file: file, position: nil, code: .more, message: message, severity: severity)
        return sorted.prefix(Self.maximumFindings) + [more]
    }
}
