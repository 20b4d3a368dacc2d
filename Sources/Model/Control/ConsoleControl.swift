/// The port through which an operator runs code in a daemon's own environment.
package protocol ConsoleControl: AnyObject, Sendable {
    /// Runs the code between two steps and waits for what comes of it. `notFound` for an unknown daemon; `conflict` when
    /// nothing of it runs, or it stops meanwhile; `busy` when too many wait. What fails in the code is in the answer.
    func evaluate(_ code: String, in name: String) async throws(HostError) -> ConsoleAnswer
}

/// What came of an operator's code.
package struct ConsoleAnswer: Sendable, Hashable {
    /// The values, as text.
    package var values: [String] = []
    /// What it logged and printed, a line each.
    package var output: [String] = []
    /// Why it failed; then nothing that it did to `self.state` counts.
    package var error: String?

    package init(values: [String] = [], output: [String] = [], error: String? = nil) {
        self.values = values
        self.output = output
        self.error = error
    }
}
