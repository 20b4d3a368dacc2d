/// How a load or a hook failed: what the machine decides on and the reader is told.
package struct Failure: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The script does not compile, raises while it loads, or declares something invalid.
        case load
        /// The stored config does not fit the declared schema.
        case config
        /// The script raised an error.
        case runtime
        /// It gave no sign of life for too long, or held a session too long.
        case timeout
        /// It broke a limit from which its Lua state cannot go on.
        case limit
        /// The host could not read or save what the daemon needs.
        case store
        /// The script said `lunad.fail`.
        case declared
    }

    package var kind: Kind
    /// One sentence, with the script's file and line where Lua gives them.
    package var message: String
    package var traceback: String?
    package var file: String?
    package var line: Int?
    /// The script's own delay before the next try (`lunad.retry_after`).
    package var retryAfter: Duration?

    package init(
        _ kind: Kind, _ message: String, traceback: String? = nil, file: String? = nil, line: Int? = nil,
        retryAfter: Duration? = nil
    ) {
        self.kind = kind
        self.message = message
        self.traceback = traceback
        self.file = file
        self.line = line
        self.retryAfter = retryAfter
    }

    /// Whether trying again without a change of the file or the config is pointless.
    var isParked: Bool { kind == .load || kind == .config || kind == .declared }
}
