import Model

/// What one look of `lunad doctor` came to.
struct Diagnosis: Sendable, Hashable {
    enum Verdict: String, Sendable, Hashable {
        case ok
        /// It works, but not for long or not as meant.
        case warn
        /// It does not work.
        case fail
    }

    var verdict: Verdict
    /// What was looked at, in a word: `database`, `clock`, …
    var subject: String
    /// What was found, in a sentence.
    var finding: String
    /// What to do about it; nil when nothing has to be done.
    var advice: String?

    private init(_ verdict: Verdict, _ subject: String, _ finding: String, _ advice: String?) {
        self.verdict = verdict
        self.subject = subject
        self.finding = finding
        self.advice = advice
    }

    static func ok(_ subject: String, _ finding: String) -> Diagnosis { .init(.ok, subject, finding, nil) }

    static func warn(_ subject: String, _ finding: String, advice: String) -> Diagnosis {
        .init(.warn, subject, finding, advice)
    }

    static func fail(_ subject: String, _ finding: String, advice: String) -> Diagnosis {
        .init(.fail, subject, finding, advice)
    }

    var value: Value {
        [
            "verdict": .string(verdict.rawValue), "subject": .string(subject), "finding": .string(finding),
            "advice": advice.map { .string($0) } ?? .null,
        ]
    }
}
