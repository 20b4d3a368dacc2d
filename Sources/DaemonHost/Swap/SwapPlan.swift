import Model
import Synchronization

/// Several daemons that a changed module concerns: they take over once all of them have loaded, or none does.
final class SwapPlan: Sendable {
    private struct State {
        var waiting: Int
        var told: Set<ObjectIdentifier> = []
        var ready: [Incarnation] = []
        /// Why nobody takes over: whose version could not be loaded, and its failure.
        var obstacle: (daemon: String, failure: Failure)?
    }

    private let state: Mutex<State>

    /// `count` daemons will each either load or fail.
    init(count: Int) { state = Mutex(State(waiting: count)) }

    /// A candidate has loaded.
    func loaded(_ candidate: Incarnation) { settle(candidate) { $0.ready.append(candidate) } }

    /// A candidate cannot take over.
    func failed(_ candidate: Incarnation, _ failure: Failure) {
        settle(candidate) { $0.obstacle = $0.obstacle ?? (candidate.daemon.name, failure) }
    }

    /// A candidate is not wanted, or no longer; the others go on without it.
    func left(_ candidate: Incarnation?) { settle(candidate) { _ in } }

    /// What a candidate says first counts.
    private func settle(_ candidate: Incarnation?, _ change: (inout State) -> Void) {
        let (ready, obstacle) = state.withLock { state -> ([Incarnation], (daemon: String, failure: Failure)?) in
            if let candidate, !state.told.insert(ObjectIdentifier(candidate)).inserted { return ([], nil) }
            change(&state)
            state.waiting -= 1
            guard state.waiting <= 0 else { return ([], nil) }
            defer { state.ready = [] }
            return (state.ready, state.obstacle)
        }
        for candidate in ready {
            guard let obstacle else {
                candidate.daemon.candidateIsReady(candidate)
                continue
            }
            let message = "\(obstacle.daemon), which needs the same change, cannot take it: \(obstacle.failure.message)"
            candidate.daemon.candidateFailed(candidate, Failure(.load, message))
        }
    }
}
