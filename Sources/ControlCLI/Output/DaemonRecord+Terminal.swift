import Model
import Platform

extension DaemonRecord {
    /// The record with the texts that scripts wrote made harmless for a terminal.
    var forTerminal: DaemonRecord {
        var record = self
        record.name = TerminalText.escape(name)
        record.type = TerminalText.escape(type)
        record.reason = TerminalText.escape(reason, continuation: "\n")
        record.activity = activity.map { TerminalText.escape($0) }
        record.error = error.map { TerminalText.escape($0, continuation: "\n") }
        record.traceback = traceback.map { TerminalText.escape($0, continuation: "\n") }
        return record
    }
}
