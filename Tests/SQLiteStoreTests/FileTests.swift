import CSQLite
import Glibc
import Model
import Testing

@testable import SQLiteStore

@Suite("what the store does with its file")
struct FileTests {
    @Test("what was acknowledged is in the files at that moment")
    func durable() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        for round in 1...20 {
            try store.inSession(.saveState(daemon: "a", state: [.integer(Int64(round))], version: 1)) { session in
                if round == 1 { try session.execute("CREATE TABLE t (n)") }
                try session.execute("INSERT INTO t VALUES (?)", .integer(Int64(round)))
            }
            try store.write(.setConfig(daemon: "a", key: "k", value: .integer(Int64(round))))
            let copy = try TemporaryFolder()
            try folder.copy("lunad.db", to: "../" + copy.path.split(separator: "/")[1] + "/lunad.db")
            try folder.copy("lunad.db-wal", to: "../" + copy.path.split(separator: "/")[1] + "/lunad.db-wal")
            let survivor = try SQLiteStore.make(copy)
            defer { survivor.close() }
            #expect(try survivor.state(of: "a")?.state == [.integer(Int64(round))])
            #expect(try survivor.config(of: "a") == [.init("k", .integer(Int64(round)))])
            #expect(try survivor.rows("SELECT count(*) AS n FROM t") == [["n": .integer(Int64(round))]])
        }
    }

    @Test("every commit is made to reach the disk")
    func synchronous() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        let connection = try #require(store.writer).connection
        let holder = try store.session()
        #expect(try connection.once("PRAGMA synchronous") == "2")
        #expect(try connection.once("PRAGMA journal_mode") == "wal")
        holder.rollback()
    }

    @Test("reads see the last commit while a session is open, and wait for nobody")
    func snapshot() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        try store.write(.registerDaemon(name: "a", type: "t", enabled: true))
        let session = try store.session()
        try session.execute("CREATE TABLE t (n)")
        #expect(try store.daemons().map(\.name) == ["a"])
        session.commit([.registerDaemon(name: "b", type: "t", enabled: true)]) { _ in }
        let next = try store.session()
        #expect(try next.query("SELECT count(*) AS n FROM daemons") == [["n": 2]])
        next.rollback()
    }

    @Test("the tables can be read by another program while the host runs")
    func shell() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        defer { store.close() }
        try store.write(.registerDaemon(name: "a", type: "t", enabled: true))
        let session = try store.session()
        try session.execute("CREATE TABLE t (n)")
        defer { session.rollback() }
        let shell = try Connection(folder["lunad.db"], .readWrite)
        defer { shell.close() }
        let names = try shell.rows("SELECT name, status, last_heartbeat FROM daemons", []) { $0.text(0) }
        #expect(names == ["a"])
    }

    @Test("a command reads the database while a host runs and after")
    func readOnly() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        try store.write(.registerDaemon(name: "a", type: "t", enabled: true))
        for isRunning in [true, false] {
            if !isRunning { store.close() }
            let reader = try SQLiteStore.openReadOnly(path: folder["lunad.db"], clock: StandingClock())
            defer { reader.close() }
            #expect(try reader.daemons().map(\.name) == ["a"])
            try refusal(.readOnly) { try reader.write(.removeDaemon(name: "a")) }
            try refusal(.readOnly) { try reader.session() }
        }
    }

    @Test("reading makes no database, and says when one is missing or behind")
    func readOnlyRefusals() throws {
        let folder = try TemporaryFolder()
        let missing = try refusal(.notFound) {
            try SQLiteStore.openReadOnly(path: folder["lunad.db"], clock: StandingClock())
        }
        #expect(missing.message.contains("there is no database at \(folder["lunad.db"])"))
        #expect(!folder.exists("lunad.db"))
        let connection = try Connection(folder["old.db"], .readWrite, create: true)
        try connection.run("CREATE TABLE t (n)")
        connection.close()
        let old = try refusal(.unavailable) {
            try SQLiteStore.openReadOnly(path: folder["old.db"], clock: StandingClock())
        }
        #expect(old.message.contains("run `lunad migrate`"))
    }

    @Test("a place where no database can be is named")
    func places() throws {
        let folder = try TemporaryFolder()
        let clock = StandingClock()
        let isFolder = try refusal(.invalidArgument) { try SQLiteStore.open(path: folder.path, clock: clock) }
        #expect(isFolder.message == "\(folder.path) is a folder: the database is a file")
        let noFolder = try refusal(.notFound) { try SQLiteStore.open(path: folder["no/lunad.db"], clock: clock) }
        #expect(noFolder.message.contains("there is no folder \(folder["no"])"))
    }

    @Test("a file that is no database, and a damaged one, are told apart from a full disk")
    func corrupt() throws {
        let folder = try TemporaryFolder()
        try folder.write("lunad.db", String(repeating: "this is not a database\n", count: 100))
        let alien = try refusal(.corrupt) { try SQLiteStore.make(folder) }
        #expect(alien.message.contains("\(folder["lunad.db"]) is not a SQLite database"))

        let damaged = try TemporaryFolder()
        let store = try SQLiteStore.make(damaged)
        try store.write(.registerDaemon(name: "a", type: "t", enabled: true))
        store.close()
        let file = try #require(fopen(damaged["lunad.db"], "r+"))
        fseek(file, 100, SEEK_SET)
        let noise = [UInt8](repeating: 0xa5, count: 3_000)
        #expect(fwrite(noise, 1, noise.count, file) == noise.count)
        fclose(file)
        let error = try refusal(.corrupt) { try SQLiteStore.make(damaged) }
        #expect(error.message.contains("the database \(damaged["lunad.db"]) is damaged"))
    }

    @Test("a user without the right to write is told so")
    func noRights() throws {
        let folder = try TemporaryFolder()
        try SQLiteStore.make(folder).close()
        let path = folder["lunad.db"]
        chmod(path, 0o444)
        chmod(folder.path, 0o555)
        defer { chmod(folder.path, 0o755) }
        let refusals = Answer<HostError>()
        let thread = try WorkerThread { [path = folder.path] in
            withoutRights {
                for name in ["lunad.db", "other.db"] {
                    do throws(HostError) {
                        try SQLiteStore.open(path: "\(path)/\(name)", clock: StandingClock()).close()
                    } catch {
                        refusals.give(error)
                    }
                }
            }
        }
        thread.join()
        #expect(refusals.all.map(\.code) == [.readOnly, .readOnly])
        #expect(refusals.all.first?.message.contains(path) == true)
    }

    @Test("a database in a folder that cannot be written is still read")
    func immutable() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.make(folder)
        try store.write(.registerDaemon(name: "a", type: "t", enabled: true))
        store.close()
        chmod(folder["lunad.db"], 0o444)
        chmod(folder.path, 0o555)
        defer { chmod(folder.path, 0o755) }
        let answers = Answer<Result<[String], HostError>>()
        let thread = try WorkerThread { [path = folder["lunad.db"]] in
            withoutRights {
                do throws(HostError) {
                    let reader = try SQLiteStore.openReadOnly(path: path, clock: StandingClock())
                    defer { reader.close() }
                    answers.give(.success(try reader.daemons().map(\.name)))
                } catch {
                    answers.give(.failure(error))
                }
            }
        }
        thread.join()
        #expect(try answers.wait("the reading").get() == ["a"])
        #expect(!folder.exists("lunad.db-wal"))
    }
}

/// Runs `body` as a user who owns nothing; root, who may write anywhere, gives that up for this thread alone.
private func withoutRights(_ body: () -> Void) {
    typealias SetUser = @convention(c) (UInt32) -> Int32
    guard let symbol = dlsym(nil, "setfsuid") else { return }
    let setUser = unsafeBitCast(symbol, to: SetUser.self)
    let before = UInt32(bitPattern: setUser(geteuid() == 0 ? 65_534 : geteuid()))
    body()
    _ = setUser(before)
}
