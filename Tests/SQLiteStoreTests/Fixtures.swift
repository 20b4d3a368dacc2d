import Glibc
import Model
import Synchronization
import Testing

@testable import SQLiteStore

/// A clock that stands until it is moved.
final class StandingClock: HostClock {
    private let time = Mutex(WallTime(milliseconds: 1_795_560_573_123))

    func now() -> WallTime { time.withLock { $0 } }
    func move(_ span: Duration) { time.withLock { $0 = $0 + span } }
    func monotonic() -> MonotonicTime { MonotonicTime(nanoseconds: now().milliseconds * 1_000_000) }
}

/// A folder of its own that goes with the last reference.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/lunad-store-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress ?? UnsafePointer(strdup(""))) }
    }

    deinit { remove(path) }

    private func remove(_ path: String) {
        if let listing = opendir(path) {
            while let entry = readdir(listing) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            closedir(listing)
        }
        Glibc.remove(path)
    }

    subscript(_ name: String) -> String { path + "/" + name }

    func write(_ name: String, _ text: String) throws {
        let file = try #require(fopen(self[name], "w"))
        defer { fclose(file) }
        #expect(fputs(text, file) >= 0)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        let file = try #require(fopen(self[name], "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    func copy(_ name: String, to other: String) throws {
        let bytes = try bytes(name)
        let file = try #require(fopen(self[other], "w"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }

    func exists(_ name: String) -> Bool { access(self[name], F_OK) == 0 }
}

/// One answer that arrives on another thread.
final class Answer<Payload: Sendable>: Sendable {
    private let received = Mutex<[Payload]>([])
    private let arrived = TimedSemaphore()

    func give(_ value: Payload) {
        received.withLock { $0.append(value) }
        arrived.signal()
    }

    /// All that was received until now.
    var all: [Payload] { received.withLock { $0 } }

    /// Waits for the next one; fails the test, naming it, when it does not come in time.
    func wait(_ what: String, seconds: Int = 20, at location: SourceLocation = #_sourceLocation) throws -> Payload {
        try #require(arrived.wait(seconds: seconds), "no answer in \(seconds) s: \(what)", sourceLocation: location)
        return try #require(received.withLock { $0.last }, sourceLocation: location)
    }
}

/// A semaphore that is not waited for forever.
// @unchecked: the C semaphore is made for use from many threads, and its place in memory never moves.
final class TimedSemaphore: @unchecked Sendable {
    private let handle = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(handle, 0, 0) }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    func signal() { sem_post(handle) }

    /// False when it took too long.
    func wait(seconds: Int) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        end.tv_sec += seconds
        while sem_timedwait(handle, &end) != 0 {
            if errno == ETIMEDOUT { return false }
        }
        return true
    }
}

extension Store {
    /// Submits and waits until it is durable.
    func write(_ writes: HostWrite..., at location: SourceLocation = #_sourceLocation) throws {
        let answer = Answer<Result<Void, HostError>>()
        submit(writes) { answer.give($0) }
        try answer.wait("the acknowledgement of a write", at: location).get()
    }

    /// A session, waited for.
    func session(
        _ daemon: String = "tester", at location: SourceLocation = #_sourceLocation
    ) throws -> any StoreSession {
        let answer = Answer<Result<any StoreSession, HostError>>()
        if let session = try beginSession(daemon: daemon, granted: { answer.give($0) }) { return session }
        return try answer.wait("the writer's turn", at: location).get()
    }

    /// Runs `body` in a session that is committed, durably, or rolled back when it throws.
    @discardableResult
    func inSession<Result>(
        _ writes: HostWrite..., at location: SourceLocation = #_sourceLocation,
        _ body: (any StoreSession) throws -> Result
    ) throws -> Result {
        let session = try session(at: location)
        do {
            let result = try body(session)
            try session.commitAndWait(writes, at: location)
            return result
        } catch {
            session.rollback()
            throw error
        }
    }

    /// Rows of a query in a session of its own.
    func rows(_ sql: String, _ parameters: SQLParameters = .none, at location: SourceLocation = #_sourceLocation) throws
        -> [Value]
    {
        try inSession(at: location) { try $0.query(sql, parameters, maxRows: 10_000) }
    }
}

extension StoreSession {
    func commitAndWait(_ writes: [HostWrite] = [], at location: SourceLocation = #_sourceLocation) throws {
        let answer = Answer<Result<Void, HostError>>()
        commit(writes) { answer.give($0) }
        try answer.wait("the acknowledgement of a commit", at: location).get()
    }

    @discardableResult
    func execute(_ sql: String, _ values: Value...) throws -> (changes: Int, lastInsertID: Int64) {
        try execute(sql, .positional(values))
    }

    func query(_ sql: String, _ values: Value...) throws -> [Value] {
        try query(sql, .positional(values), maxRows: 10_000)
    }
}

/// The `HostError` that `body` throws, of that kind when one is given.
@discardableResult
func refusal<Result>(
    _ code: HostError.Code? = nil, at location: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) throws -> HostError {
    do {
        _ = try body()
    } catch let error as HostError {
        if let code { #expect(error.code == code, "\(error)", sourceLocation: location) }
        return error
    }
    return try #require(nil as HostError?, "nothing was refused", sourceLocation: location)
}

extension SQLiteStore {
    /// A store on a new file, or on the one in `folder`.
    static func make(_ folder: TemporaryFolder, migrations: String? = nil) throws -> SQLiteStore {
        try open(path: folder["lunad.db"], projectMigrations: migrations, clock: StandingClock())
    }
}
