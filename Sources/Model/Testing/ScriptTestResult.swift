/// What became of one test of a script.
package struct ScriptTestResult: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case passed
        /// It is there but not carried out; the reason, when one was given.
        case pending(String?)
        case failed(Failure)
    }

    /// Why a test failed.
    package struct Failure: Sendable, Hashable {
        /// What is wrong, in one or several lines, without a place.
        package var message: String
        /// The line in a test file at which it shows, as `file:line`; empty when none is known.
        package var place: String
        /// Lua's traceback without the levels of the test library; empty for an assertion that failed in the test itself.
        package var traceback: String

        package init(_ message: String, place: String = "", traceback: String = "") {
            self.message = message
            self.place = place
            self.traceback = traceback
        }
    }

    /// The test file, from the project's folder on.
    package var file: String
    /// Where the test stands in it.
    package var line: Int
    /// The names of the blocks around it, outermost first, then its own; empty for a file that could not be read.
    package var names: [String]
    package var outcome: Outcome
    /// Real time.
    package var seconds: Double
    /// What its hosts logged, in order.
    package var log: [LogEntry]

    package init(
        file: String, line: Int, names: [String], outcome: Outcome, seconds: Double = 0, log: [LogEntry] = []
    ) {
        self.file = file
        self.line = line
        self.names = names
        self.outcome = outcome
        self.seconds = seconds
        self.log = log
    }

    /// Its full name, as a filter sees it.
    package var name: String { names.isEmpty ? file : names.joined(separator: " ") }

    package var failure: Failure? { if case .failed(let failure) = outcome { failure } else { nil } }

    package var isPending: Bool { if case .pending = outcome { true } else { false } }
}
