import CEdit
import Glibc
import Platform
import Synchronization

/// Lines typed at a prompt, by libedit: editing, history, completion.
///
/// One at a time in a process, as the library keeps its state in global variables.
final class LineEditor {
    private static let longestHistory: Int32 = 1_000
    private static let completer = Mutex<(@Sendable (String) -> [String])?>(nil)
    private static let found = Mutex<[String]>([])

    /// Kept for as long as the process lives: the library holds on to it.
    private nonisolated(unsafe) static let wordBreaks = strdup(" \t\n\"'`@$><=;|&{(+-*/,#~%^[]")

    private let history: String?

    /// `history` is the file in which lines are kept; `complete` gives what a beginning could become.
    init(history: String?, complete: @escaping @Sendable (String) -> [String]) {
        self.history = history
        Self.completer.withLock { $0 = complete }
        using_history()
        stifle_history(Self.longestHistory)
        if let history { read_history(history) }
        // A dot is part of what is completed, so that fields are found.
        lunad_edit_complete_with({ text, state in LineEditor.candidate(text, state) }, Self.wordBreaks)
    }

    deinit { Self.completer.withLock { $0 = nil } }

    /// The next line; nil at its end. Blocks.
    func line(prompt: String) -> String? {
        guard let line = readline(prompt) else { return nil }
        defer { free(line) }
        return String(cString: line)
    }

    /// Adds to the history, also on disk.
    func remember(_ text: String) {
        add_history(text.replacing("\n", with: " "))
        guard let history else { return }
        write_history(history)
        chmod(history, 0o600)
    }

    private static func candidate(_ text: UnsafePointer<CChar>?, _ state: Int32) -> UnsafeMutablePointer<CChar>? {
        guard let text else { return nil }
        if state == 0 {
            let beginning = String(cString: text)
            let candidates = completer.withLock { $0 }?(beginning) ?? []
            found.withLock { $0 = candidates.reversed() }
        }
        return found.withLock { $0.popLast() }.flatMap { strdup($0) }
    }
}

/// Where the console's history is kept: by user, in the place for state that outlives a run.
enum HistoryFile {
    /// Nil when there is no home to keep it in.
    static var path: String? {
        if let state = variable("XDG_STATE_HOME") { return file(in: [state, "\(state)/lunad"]) }
        guard let home = variable("HOME") else { return nil }
        return file(in: ["\(home)/.local", "\(home)/.local/state", "\(home)/.local/state/lunad"])
    }

    private static func variable(_ name: String) -> String? {
        guard let text = getenv(name).map({ String(cString: $0) }), text.hasPrefix("/") else { return nil }
        return text
    }

    /// In the last of these folders, which are made where they are not there.
    private static func file(in folders: [String]) -> String? {
        for folder in folders where (try? Files.makeFolder(folder)) == nil { return nil }
        return folders.last.map { $0 + "/console_history" }
    }
}
