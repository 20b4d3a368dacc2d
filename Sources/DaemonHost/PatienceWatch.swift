import Model
import Platform
import Synchronization

/// Ends waits whose time is over, in real time.
///
/// One task sleeps until the earliest end of all, so that a wait which is over sooner, as nearly all are, wakes nobody.
/// While nobody waits nothing runs, but for one last look.
final class PatienceWatch: Sendable {
    private struct Waiting {
        let deadline: MonotonicTime
        let end: @Sendable () -> Void
    }

    private struct State {
        var waits: [Int: Waiting] = [:]
        var last = 0
        /// When the watch looks next; nil while there is none.
        var looksAt: MonotonicTime?
    }

    private let clock = SystemClock()
    private let state = Mutex(State())

    /// Calls `end` after that time, unless `forget` comes first with the number that this gives.
    func add(_ patience: Duration, _ end: @escaping @Sendable () -> Void) -> Int {
        let deadline = clock.monotonic() + patience
        return state.withLock { state in
            state.last += 1
            state.waits[state.last] = Waiting(deadline: deadline, end: end)
            if state.looksAt.map({ deadline < $0 }) ?? true { watch(until: deadline, &state) }
            return state.last
        }
    }

    func forget(_ number: Int) { state.withLock { _ = $0.waits.removeValue(forKey: number) } }

    private func watch(until deadline: MonotonicTime, _ state: inout State) {
        state.looksAt = deadline
        Task { [self] in
            try? await Task.sleep(for: max(deadline - clock.monotonic(), .zero))
            look(deadline)
        }
    }

    /// Ends what is over. A watch in whose place one with an earlier end was set leaves the next look to that.
    private func look(_ appointed: MonotonicTime) {
        let now = clock.monotonic()
        let ends = state.withLock { state -> [@Sendable () -> Void] in
            let over = state.waits.filter { $0.value.deadline <= now }
            for number in over.keys { state.waits[number] = nil }
            if state.looksAt == appointed {
                state.looksAt = nil
                if let next = state.waits.values.map(\.deadline).min() { watch(until: next, &state) }
            }
            return over.values.map(\.end)
        }
        for end in ends { end() }
    }
}
