import Model
import Synchronization
import Testing

@testable import SQLiteStore

@Suite("a store without a thread")
struct DrivenStoreTests {
    @Test("what is written is committed, and answered, by a turn alone")
    func writes() throws {
        let store = try SQLiteStore.driven(clock: StandingClock())
        defer { store.close() }
        let answers = Mutex(0)
        for name in ["a", "b"] {
            store.submit([.registerDaemon(name: name, type: name, enabled: true)]) { result in
                if case .success = result { answers.withLock { $0 += 1 } }
            }
        }
        #expect(answers.withLock { $0 } == 0)
        while store.runNext() {}
        #expect(answers.withLock { $0 } == 2)
        #expect(try store.daemons().map(\.name) == ["a", "b"])
        #expect(store.statistics.commits == 1, "they share a commit")
    }

    @Test("a session commits by a turn; one that waits is granted by the turn that frees the writer")
    func sessions() throws {
        let store = try SQLiteStore.driven(clock: StandingClock())
        defer { store.close() }
        let first = try #require(try store.beginSession(daemon: "a") { _ in })
        let granted = Mutex<(any StoreSession)?>(nil)
        let second = try store.beginSession(daemon: "b") { result in granted.withLock { $0 = try? result.get() } }
        #expect(second == nil)
        let isDone = Mutex(false)
        first.commit([]) { _ in isDone.withLock { $0 = true } }
        while store.runNext() {}
        let waiter = try #require(granted.withLock { $0 })
        waiter.rollback()
        while store.runNext() {}
        #expect(isDone.withLock { $0 })
    }

    @Test("what is left at the end is committed by the close")
    func closing() throws {
        let store = try SQLiteStore.driven(clock: StandingClock())
        let isKept = Mutex(false)
        store.submit([.registerDaemon(name: "a", type: "a", enabled: true)]) { result in
            if case .success = result { isKept.withLock { $0 = true } }
        }
        store.close()
        #expect(isKept.withLock { $0 })
        #expect(!store.runNext())
    }
}
