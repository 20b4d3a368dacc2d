import Glibc
import Model
import Testing

@testable import SQLiteStore

@Suite struct BackupTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.open(path: folder.path + "/lunad.db", clock: StandingClock())
    }

    private func register(_ name: String) async throws {
        let result = await withCheckedContinuation { continuation in
            store.submit([.registerDaemon(name: name, type: name, enabled: true)]) {
                continuation.resume(returning: $0)
            }
        }
        try result.get()
    }

    private func names(in path: String) throws -> [String] {
        let copy = try SQLiteStore.openReadOnly(path: path, clock: StandingClock())
        defer { copy.close() }
        return try copy.daemons().map(\.name)
    }

    @Test("a copy holds all that was acknowledged before it, and nothing after")
    func copy() async throws {
        defer { store.close() }
        try await register("one")
        let path = folder.path + "/copy.db"
        let bytes = try store.backup(to: path)
        try await register("two")
        #expect(try names(in: path) == ["one"])
        var facts = stat()
        #expect(stat(path, &facts) == 0)
        #expect(Int64(facts.st_size) == bytes)
        #expect(facts.st_mode & 0o777 == 0o600)
    }

    @Test("copies made while others write are whole")
    func underLoad() async throws {
        defer { store.close() }
        async let writing: Void = {
            for number in 0..<200 { try await register("daemon\(number + 1_000)") }
        }()
        for number in 0..<5 {
            let path = folder.path + "/copy\(number).db"
            _ = try store.backup(to: path)
            let found = try names(in: path)
            // A prefix of what was written, in order.
            #expect(found == found.indices.map { "daemon\($0 + 1_000)" })
        }
        try await writing
    }

    @Test("a reader of another's database copies it too")
    func readOnly() async throws {
        try await register("one")
        let reader = try SQLiteStore.openReadOnly(path: folder.path + "/lunad.db", clock: StandingClock())
        _ = try reader.backup(to: folder.path + "/copy.db")
        reader.close()
        store.close()
        #expect(try names(in: folder.path + "/copy.db") == ["one"])
    }

    @Test("a file that exists is left alone, and a folder that is missing is told")
    func refused() throws {
        defer { store.close() }
        let path = folder.path + "/lunad.db"
        #expect(throws: HostError(.conflict, "\(path) exists already; a backup goes into a new file")) {
            try store.backup(to: path)
        }
        let error = #expect(throws: HostError.self) { try store.backup(to: folder.path + "/none/copy.db") }
        #expect(error?.code == .io)
    }
}
