import Model
import Synchronization

/// A few connections that only read, opened when first needed; each read sees one moment of the database.
final class ReaderPool: Sendable {
    /// Reads at a time; more wait for one of them to end.
    static let maxReaders = 4

    private struct State {
        var idle: [Connection] = []
        var isClosed = false
    }

    private let path: String
    /// The connection that all share when the database is in memory.
    private let shared: Connection?
    private let state = Mutex(State())
    private let places = Semaphore(UInt32(maxReaders))

    init(path: String, shared: Connection?) {
        self.path = path
        self.shared = shared
    }

    /// Runs `body` with a connection that nobody else uses meanwhile.
    func read<Result>(_ body: (Connection) throws(HostError) -> Result) throws(HostError) -> Result {
        places.wait()
        defer { places.signal() }
        let connection = try borrow()
        defer { giveBack(connection) }
        return try connection.exclusively { () throws(HostError) in try body(connection) }
    }

    /// Refuses further reads, waits for those in progress, and closes.
    func close() {
        state.withLock { $0.isClosed = true }
        for _ in 0..<Self.maxReaders { places.wait() }
        let idle = state.withLock { state in
            defer { state.idle = [] }
            return state.idle
        }
        for connection in idle { connection.close() }
        for _ in 0..<Self.maxReaders { places.signal() }
    }

    private func borrow() throws(HostError) -> Connection {
        let idle = try state.withLock { (state) throws(HostError) -> Connection? in
            guard !state.isClosed else { throw HostError(.unavailable, "the database is closed") }
            return state.idle.popLast()
        }
        if let shared { return shared }
        if let idle { return idle }
        return try Connection.openReader(path)
    }

    private func giveBack(_ connection: Connection) {
        if shared == nil { state.withLock { $0.idle.append(connection) } }
    }
}
