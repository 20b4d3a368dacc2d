import Model
import Platform
import Synchronization

/// Sends requests, hundreds side by side, from one thread that exists from the first request on.
///
/// Connections are kept and used again. Certificates are always verified. A proxy that the environment names is used
/// (`http_proxy`, `https_proxy`, `all_proxy`, `no_proxy`).
package final class HTTPClient: WebClient {
    /// Requests that have connections at once; more wait for their turn.
    package static let usualLimit = 400
    /// Requests that wait or are under way at once; more are refused.
    package static let unansweredLimit = 10_000

    private enum State {
        case unused
        case running(RequestInbox)
        case closed
    }

    private let state = Mutex(State.unused)
    private let limit: Int
    private let clock = SystemClock()

    package init(limit: Int = usualLimit) { self.limit = limit }

    deinit { close() }

    package func send(
        _ request: WebRequest, done: @escaping @Sendable (Result<WebAnswer, HostError>) -> Void
    ) throws(HostError) -> any WebTransfer {
        let address = try WebAddress(request.url)
        try request.permit(address.target)
        let inbox = try open()
        let id = try inbox.add(request, address, began: clock.monotonic(), done: done)
        return Transfer(id: id, inbox: inbox)
    }

    private struct Transfer: WebTransfer {
        let id: Int
        let inbox: RequestInbox

        func cancel() { inbox.cancel(id) }
    }

    private func open() throws(HostError) -> RequestInbox {
        try state.withLock { state throws(HostError) in
            switch state {
            case .running(let inbox): return inbox
            case .closed: throw HostError(.unavailable, "no more requests are sent: the host is ending")
            case .unused: break
            }
            let inbox = try RequestInbox(limit: Self.unansweredLimit)
            let limit = limit
            try NativeThread.start(name: "lunad-http") { RequestLoop(inbox, limit: limit).run() }
            state = .running(inbox)
            return inbox
        }
    }

    /// Takes no more requests; those under way fail with `unavailable`. Returns at once.
    package func close() {
        let inbox = state.withLock { state -> RequestInbox? in
            defer { state = .closed }
            if case .running(let inbox) = state { return inbox }
            return nil
        }
        inbox?.close()
    }
}
