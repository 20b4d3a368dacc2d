import Glibc
import Model
import Platform
import Synchronization

/// What others want of the thread that watches the processes.
final class ProcessInbox: Sendable {
    struct Content {
        var launched: [LiveProcess] = []
        var cancels: [(run: Int, grace: Duration)] = []
        var isClosing = false
    }

    private struct State {
        var content = Content()
        /// Whether a byte waits in the pipe; more than one is never needed.
        var isWoken = false
    }

    private let state = Mutex(State())
    private let pipe: StreamPipe

    init() throws(HostError) {
        pipe = try StreamPipe(hostKeeps: .reader, "cannot watch processes")
    }

    /// Becomes readable when there is something to take.
    var descriptor: Int32 { pipe.reader.raw }

    func add(_ process: LiveProcess) { change { $0.launched.append(process) } }
    func cancel(_ run: Int, grace: Duration) { change { $0.cancels.append((run, grace)) } }
    /// What runs is ended; nothing is added any more.
    func close() { change { $0.isClosing = true } }

    func take() -> Content {
        state.withLock { state in
            if state.isWoken {
                var byte: UInt8 = 0
                _ = read(pipe.reader.raw, &byte, 1)
                state.isWoken = false
            }
            let content = state.content
            state.content = Content(isClosing: content.isClosing)
            return content
        }
    }

    private func change(_ body: (inout Content) -> Void) {
        state.withLock { state in
            body(&state.content)
            guard !state.isWoken else { return }
            var byte: UInt8 = 1
            state.isWoken = write(pipe.writer.raw, &byte, 1) == 1
        }
    }
}
