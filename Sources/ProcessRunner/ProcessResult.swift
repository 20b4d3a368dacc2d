/// How a program ended, and what it left: given once nothing of its process group is left.
package struct ProcessResult: Sendable, Hashable {
    /// Who brought the end about.
    package enum Cause: String, Sendable, Hashable {
        case itself
        case timeout
        case cancel
    }

    /// nil when a signal ended it. Both are nil only when the system did not tell how it ended; that is no success.
    package var exitCode: Int32?
    /// The signal that ended it.
    package var signal: Int32?
    package var out: CapturedOutput
    package var err: CapturedOutput
    /// Processor time of the program and of those of its children that it waited for.
    package var userSeconds: Double
    package var systemSeconds: Double
    /// The largest resident set among them.
    package var maxResidentBytes: Int64
    /// From its start until nothing of its group was left.
    package var wallSeconds: Double
    package var endedBy: Cause
}
