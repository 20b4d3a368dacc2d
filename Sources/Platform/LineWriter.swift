import Glibc
import Model

/// Writes lines to a stream from a thread of its own, so that a slow or dead reader never holds up who logs.
///
/// What is not written yet waits in a buffer of bounded size; lines past it are dropped, counted, and the count is told
/// in the stream once there is room. When the reader is gone, everything is dropped in silence.
package final class LineWriter: Sendable {
    private struct State {
        var buffer: [UInt8] = []
        var dropped = 0
        /// Whether the thread is writing something that it has taken out of `buffer`.
        var isWriting = false
        var isBroken = false
        var isClosed = false
    }

    private let capacity: Int
    private let monitor: Monitor<State>

    /// Writes to `descriptor`, which stays open and the caller's. `capacity` is in bytes.
    package init(descriptor: Int32, capacity: Int = 1 << 20) throws(HostError) {
        self.capacity = capacity
        let monitor = Monitor(State())
        self.monitor = monitor
        try NativeThread.start(name: "lunad-writer") { Self.work(monitor, descriptor) }
    }

    deinit { close() }

    /// Queues one line; a line feed is added. Costs a copy under a lock and returns at once.
    package func write(_ line: String) {
        let wasEmpty = monitor.withLock { state -> Bool in
            guard !state.isBroken, !state.isClosed else { return false }
            guard state.buffer.count + line.utf8.count < capacity else {
                state.dropped += 1
                return false
            }
            let wasEmpty = state.buffer.isEmpty
            state.buffer.append(contentsOf: line.utf8)
            state.buffer.append(UInt8(ascii: "\n"))
            return wasEmpty
        }
        if wasEmpty { monitor.wakeAll() }
    }

    /// Waits until everything queued is written, at most `limit`; whether it is.
    @discardableResult
    package func flush(within limit: Duration = .seconds(1)) -> Bool {
        monitor.wait(until: SystemClock().monotonic() + limit) { state in
            state.isBroken || (state.buffer.isEmpty && state.dropped == 0 && !state.isWriting) ? true : nil
        } ?? false
    }

    /// Takes no more lines; the thread writes what is queued and ends. Does not wait for it.
    package func close() {
        monitor.withLock { $0.isClosed = true }
        monitor.wakeAll()
    }

    private static func work(_ monitor: Monitor<State>, _ descriptor: Int32) {
        while let bytes = next(monitor) {
            let isWritten = write(bytes, to: descriptor)
            monitor.withLock { state in
                state.isWriting = false
                guard !isWritten else { return }
                state.isBroken = true
                state.buffer = []
                state.dropped = 0
            }
            monitor.wakeAll()
        }
    }

    /// What to write next; nil when there will be nothing any more.
    private static func next(_ monitor: Monitor<State>) -> [UInt8]? {
        enum Next {
            case bytes([UInt8])
            case end
        }
        let next = monitor.wait { state -> Next? in
            if state.isBroken { return .end }
            guard !state.buffer.isEmpty || state.dropped > 0 else { return state.isClosed ? .end : nil }
            var bytes = state.buffer
            if state.dropped > 0 {
                let lines = state.dropped == 1 ? "1 line" : "\(state.dropped.grouped) lines"
                bytes += Array("(\(lines) dropped: the reader is too slow)\n".utf8)
            }
            state.buffer = []
            state.dropped = 0
            state.isWriting = true
            return .bytes(bytes)
        }
        guard case .bytes(let bytes)? = next else { return nil }
        return bytes
    }

    /// Whether all was written; false when the reader is gone.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                retryingOnInterrupt {
                    Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                }
            }
            if count >= 0 {
                done += count
            } else if errno == EAGAIN {
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if retryingOnInterrupt({ poll(&room, 1, -1) }) < 0 { return false }
            } else {
                return false
            }
        }
        return true
    }
}
