import Model

/// Something that a check found in a file: where, how grave, and a sentence that says what would be right.
package struct Finding: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable {
        /// The script would fail, or does not mean what it says.
        case error
        /// It runs, but probably not as meant.
        case warning
    }

    package var file: String
    /// Where it is; nil when it concerns the file as a whole.
    package var position: SourcePosition?
    package var severity: Severity
    package var message: String
    /// The text is no Lua, so nothing else about it can be known.
    package var isSyntaxError = false

    package init(file: String, position: SourcePosition?, severity: Severity, message: String) {
        self.file = file
        self.position = position
        self.severity = severity
        self.message = message
    }
}

extension Finding: CustomStringConvertible {
    /// One line in the form that editors and compilers share.
    package var description: String { "\(place): \(severity.rawValue): \(message)" }

    /// `file:line:column`, as far as it is known.
    package var place: String { position.map { "\(file):\($0.line):\($0.column)" } ?? file }
}

extension Finding: Comparable {
    package static func < (lhs: Self, rhs: Self) -> Bool {
        let start = SourcePosition(line: 0, column: 0)
        return (lhs.file, lhs.position ?? start, lhs.message) < (rhs.file, rhs.position ?? start, rhs.message)
    }
}
