/// What is to be tried by `lunad test-swap`.
package struct SwapRehearsalOptions: Sendable, Hashable {
    package var old: [UInt8]
    package var new: [UInt8]
    /// What the old text has saved; nil for what it begins with.
    package var state: (state: Value, version: Int)? {
        get { savedState.map { ($0, savedVersion) } }
        set {
            savedState = newValue?.state
            savedVersion = newValue?.version ?? 1
        }
    }
    private var savedState: Value?
    private var savedVersion = 1
    /// Of the new text.
    package var steps: Int
    /// Real time that all of it may take.
    package var timeout: Duration

    package init(old: [UInt8], new: [UInt8], steps: Int, timeout: Duration) {
        self.old = old
        self.new = new
        self.steps = steps
        self.timeout = timeout
    }
}

/// What came of it.
package struct SwapRehearsalReport: Sendable {
    package var before: Value
    /// Why the new text did not take over.
    package var refusal: String?
    package var afterSwap: Value?
    /// Steps that went well, and why there were no more.
    package var steps = 0
    package var failure: String?
    package var afterSteps: Value?
    package var log: [LogEntry] = []

    package init(before: Value) { self.before = before }
}

/// The port through which the command line rehearses a swap; given by the executable.
package typealias SwapRehearsalRun =
    @Sendable (SwapRehearsalOptions, ProjectFolder?) async throws(HostError) -> SwapRehearsalReport
