import Model
import Synchronization

/// What a request that may be cancelled came to.
final class Ending: Sendable {
    private let results = Mutex<[Result<WebAnswer, HostError>]>([])

    func note(_ result: Result<WebAnswer, HostError>) { results.withLock { $0.append(result) } }

    /// How often it ended.
    var count: Int { results.withLock { $0.count } }

    var error: HostError? {
        guard case .failure(let error)? = results.withLock({ $0.last }) else { return nil }
        return error
    }
}
