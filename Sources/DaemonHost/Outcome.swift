import Synchronization

/// Something that comes once, and is waited for at most so long.
final class Outcome<Success: Sendable>: Sendable {
    private struct State {
        var isOver = false
        var value: Success?
        var continuation: CheckedContinuation<Success?, Never>?
    }

    private let state = Mutex(State())

    /// It is there; what comes later does not count.
    func come(_ value: Success) { end(value) }

    private func end(_ value: Success?) {
        let continuation = state.withLock { state -> CheckedContinuation<Success?, Never>? in
            guard !state.isOver else { return nil }
            state.isOver = true
            state.value = value
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(returning: value)
    }

    /// What has come; nil when nothing has in that time. To be called once.
    func value(within patience: Duration, by watch: PatienceWatch) async -> Success? {
        let number = watch.add(patience) { [self] in end(nil) }
        defer { watch.forget(number) }
        return await withCheckedContinuation { continuation in
            let (isOver, value) = state.withLock { state in
                if !state.isOver { state.continuation = continuation }
                return (state.isOver, state.value)
            }
            if isOver { continuation.resume(returning: value) }
        }
    }
}
