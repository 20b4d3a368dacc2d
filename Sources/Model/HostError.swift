/// The one error that crosses a port: what kind it is, a sentence for the reader, and what lies under it.
package struct HostError: Error, Sendable, Hashable {
    /// The kind of failure; exit codes and HTTP statuses are derived from it in one place each.
    package enum Code: String, Sendable, CaseIterable {
        case invalidArgument = "invalid_argument"
        case notFound = "not_found"
        case conflict
        case forbidden
        case limitExceeded = "limit_exceeded"
        case timeout
        case cancelled
        /// The script itself is wrong: it does not compile, or its declaration is invalid.
        case script
        /// The database refused a statement.
        case sql
        case diskFull = "disk_full"
        case readOnly = "read_only"
        case corrupt
        case busy
        /// The database was made by a newer program.
        case newerSchema = "newer_schema"
        case io
        case unavailable
        case `internal`
    }

    package var code: Code
    /// A sentence that names the thing and what would be right.
    package var message: String
    /// The lower layer's own words, when they add something.
    package var cause: String?

    package init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

extension HostError: CustomStringConvertible {
    package var description: String {
        if let cause { "\(message) (\(cause))" } else { message }
    }
}
