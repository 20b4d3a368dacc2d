/// The port through which scripts' requests go out.
package protocol WebClient: Sendable {
    /// Has a request sent, and returns before it is.
    ///
    /// Throws `invalidArgument` for an address that is none, what `permit` throws, `busy` when too many wait, and
    /// `unavailable` after the end. Afterwards `done` is called exactly once, on a thread that must not be held up: with
    /// the answer, or with an error that names the address: `timeout`, `limitExceeded` (the answer is too large, or goes
    /// on redirecting), `forbidden` (a redirect leads where `permit` refuses), `cancelled`, `unavailable` (there is no
    /// such host, nobody listens, its certificate is not trusted), `io` (the conversation broke off).
    func send(
        _ request: WebRequest, done: @escaping @Sendable (Result<WebAnswer, HostError>) -> Void
    ) throws(HostError) -> any WebTransfer
}

/// A request that is under way, or was.
package protocol WebTransfer: Sendable {
    /// Ends it; returns at once. Nothing when it is over.
    func cancel()
}
