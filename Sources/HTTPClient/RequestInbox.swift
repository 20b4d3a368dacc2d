import CCurl
import Model
import Synchronization

/// What others want of the thread that serves the requests, and libcurl's multi handle, which wakes it.
final class RequestInbox: Sendable {
    struct Content {
        var added: [PendingRequest] = []
        var cancelled: [Int] = []
        var isClosing = false
    }

    private struct State {
        var content = Content()
        /// Requests whose `done` has not been called.
        var unanswered = 0
        var nextID = 0
    }

    private let state = Mutex(State())
    private let limit: Int
    /// Of all that is done with it here only waking is allowed on other threads, and that is made for them.
    nonisolated(unsafe) let multi: UnsafeMutableRawPointer

    /// At most `limit` requests may be unanswered.
    init(limit: Int) throws(HostError) {
        self.limit = limit
        guard let multi = lunad_curl_multi_init() else {
            throw HostError(.unavailable, "libcurl has no memory for requests")
        }
        self.multi = multi
    }

    deinit { lunad_curl_multi_cleanup(multi) }

    /// The id of the request; throws `busy` at the limit and `unavailable` after the end.
    func add(
        _ request: WebRequest, _ address: sending WebAddress, began: MonotonicTime,
        done: @escaping @Sendable (Result<WebAnswer, HostError>) -> Void
    ) throws(HostError) -> Int {
        let admission: Result<Int, HostError> = state.withLock { state in
            if state.content.isClosing {
                return .failure(HostError(.unavailable, "no more requests are sent: the host is ending"))
            }
            guard state.unanswered < limit else {
                return .failure(
                    HostError(.busy, "\(limit.grouped) requests wait for their answers already; try again later"))
            }
            state.unanswered += 1
            state.nextID += 1
            return .success(state.nextID)
        }
        let id = try admission.get()
        let pending = PendingRequest(id: id, request: request, url: address.text, began: began, done: done)
        change { $0.added.append(pending) }
        return id
    }

    func cancel(_ id: Int) { change { $0.cancelled.append(id) } }

    func close() { change { $0.isClosing = true } }

    func take() -> Content {
        state.withLock { state in
            let content = state.content
            state.content = Content(isClosing: content.isClosing)
            return content
        }
    }

    /// One has been answered.
    func noteAnswer() { state.withLock { $0.unanswered -= 1 } }

    private func change(_ body: (inout Content) -> Void) {
        state.withLock { body(&$0.content) }
        lunad_curl_multi_wakeup(multi)
    }
}

/// A request on its way to the thread that serves it.
struct PendingRequest: Sendable {
    let id: Int
    let request: WebRequest
    /// The address, read and escaped.
    let url: String
    let began: MonotonicTime
    let done: @Sendable (Result<WebAnswer, HostError>) -> Void

    var deadline: MonotonicTime { began + request.timeout }
}
