import Glibc
import Model
import Synchronization

/// The signals by which an operator or a service manager speaks to the host.
package enum HostSignal: Sendable, Hashable, CaseIterable {
    case terminate
    case interrupt
    case hangUp

    var number: Int32 {
        switch self {
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        case .hangUp: SIGHUP
        }
    }
}

/// Takes the host's signals out of the system's hands and gives them as a sequence.
package enum Signals {
    /// More unread signals than this are forgotten.
    private static let longestBacklog = 64

    /// Keeps SIGTERM, SIGINT and SIGHUP from ending the process, and SIGPIPE too.
    ///
    /// Call it on the main thread before any other thread exists: threads inherit what their creator blocks.
    package static func block() {
        signal(SIGPIPE, SIG_IGN)
        var set = signalSet()
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The signals as they come, from now on and those already pending; ends when the reading task is cancelled.
    ///
    /// A thread of its own waits for them; of two of a kind that come before it looks, the system keeps one.
    package static func stream() throws(HostError) -> AsyncStream<HostSignal> {
        try stream(SignalReader())
    }

    static func stream(_ reader: SignalReader) throws(HostError) -> AsyncStream<HostSignal> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: HostSignal.self, bufferingPolicy: .bufferingOldest(longestBacklog))
        continuation.onTermination = { _ in reader.end() }
        try NativeThread.start(name: "lunad-signals") {
            reader.run { continuation.yield($0) }
            continuation.finish()
        }
        return stream
    }

    static func signalSet() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in HostSignal.allCases { sigaddset(&set, signal.number) }
        return set
    }
}

/// Waits for signals on its thread until it is told to end.
final class SignalReader: Sendable {
    private struct State {
        /// The thread that waits, while it does.
        var thread: pthread_t?
        var isEnded = false
    }

    private let state = Mutex(State())

    /// Makes `run` return.
    func end() {
        state.withLock { $0.isEnded = true }
        send(.hangUp)
    }

    /// Gives the waiting thread, and nobody else, a signal; false while no thread waits.
    @discardableResult
    func send(_ signal: HostSignal) -> Bool {
        state.withLock { state in
            guard let thread = state.thread else { return false }
            return pthread_kill(thread, signal.number) == 0
        }
    }

    func run(_ receive: (HostSignal) -> Void) {
        // Blocked here too: only then is a signal to this very thread waited for instead of obeyed.
        var set = Signals.signalSet()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        state.withLock { $0.thread = pthread_self() }
        while !hasEnded() {
            var number: Int32 = 0
            guard sigwait(&set, &number) == 0, !hasEnded() else { continue }
            if let signal = HostSignal.allCases.first(where: { $0.number == number }) { receive(signal) }
        }
    }

    private func hasEnded() -> Bool {
        state.withLock { state in
            if state.isEnded { state.thread = nil }
            return state.isEnded
        }
    }
}
