import Model

/// Something that a check found in a file: where, how grave, and a sentence that says what would be right.
package struct Finding: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable {
        /// The script would fail, or does not mean what it says.
        case error
        /// It runs, but probably not as meant.
        case warning
        /// Worth a look; nothing is wrong with it.
        case note
    }

    package var file: String
    /// Where it is; nil when it concerns the file as a whole.
    package var position: SourcePosition?
    package var code: Code
    package var severity: Severity
    package var message: String

    /// `severity` is the code's own unless another is given.
    package init(
        file: String, position: SourcePosition?, code: Code, message: String, severity: Severity? = nil
    ) {
        self.file = file
        self.position = position
        self.code = code
        self.severity = severity ?? code.severity
        self.message = message
    }

    /// The text is no Lua, so nothing else about it can be known.
    package var isSyntaxError: Bool { code == .syntax || code == .tooLarge }
}

extension Finding {
    /// The kinds of findings, by the names that `-- lunad: ignore NAME` takes.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        case syntax
        case tooLarge = "too-large"
        case unknownGlobal = "unknown-global"
        case unknownName = "unknown-name"
        case wrongCall = "wrong-call"
        case wrongArgument = "wrong-argument"
        case extraArgument = "extra-argument"
        case unknownOption = "unknown-option"
        case unknownJobType = "unknown-job-type"
        case unknownModule = "unknown-module"
        case undeclaredConfig = "undeclared-config"
        case unusedConfig = "unused-config"
        case readOnly = "read-only"
        case waitsInSession = "waits-in-session"
        case constAssignment = "const-assignment"
        case strayBreak = "stray-break"
        case label
        case finalizer
        case declaration
        case loading
        case notChecked = "not-checked"
        case globalAssignment = "global-assignment"
        case unusedLocal = "unused-local"
        case unusedFunction = "unused-function"
        case hiddenLocal = "hidden-local"
        case unreachable
        case unknownCode = "unknown-code"
        case more

        package var severity: Severity {
            switch self {
            case .unusedConfig: .note
            case .extraArgument, .notChecked, .globalAssignment, .unusedLocal, .unusedFunction, .hiddenLocal,
                .unreachable, .unknownCode:
                .warning
            default: .error
            }
        }
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
