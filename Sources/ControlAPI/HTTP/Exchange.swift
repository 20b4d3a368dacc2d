import Model
import Synchronization

/// One request on its way in and its response on the way out.
final class Exchange: Sendable {
    enum Phase: Sendable {
        /// The body is still to come.
        case receiving
        /// Somebody works on the answer; the connection is suspended.
        case waiting
        case answered(HTTPResponse)
        /// The answer is with the library.
        case sent
    }

    struct State {
        var method = ""
        var body: [UInt8] = []
        var hasBegun = false
        /// Bytes of the body that were too many; they are not kept.
        var surplus = 0
        var phase = Phase.receiving
    }

    /// Path and query as sent.
    let target: String
    let state = Mutex(State())

    init(target: String) { self.target = target }

    /// Takes the answer; true when this ends the waiting, and the connection has to be resumed.
    func finish(with response: HTTPResponse) -> Bool {
        state.withLock { state in
            guard case .waiting = state.phase else { return false }
            state.phase = .answered(response)
            return true
        }
    }
}
