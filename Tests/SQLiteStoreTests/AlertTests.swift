import Model
import Testing

@testable import SQLiteStore

@Suite("alerts on record")
struct AlertTests {
    private func alert(_ id: Int64, _ kind: Alert.Kind = .daemonFailed, of subject: String = "d") -> Alert {
        Alert(id: id, topic: .init(kind, subject), message: "message \(id)", raisedAt: WallTime(milliseconds: id))
    }

    @Test("an alert is kept, acknowledged and resolved, and what is over never lasts again")
    func life() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        do {
            var first = alert(3)
            try store.write(.alert(first), .alert(alert(5, .diskLow, of: "/srv")))
            #expect(try store.alerts(.active, limit: 10).map(\.id) == [5, 3])
            #expect(try store.alert(3) == first)
            #expect(try store.alert(4) == nil)
            #expect(try store.lastAlertID() == 5)
            first.resolvedAt = WallTime(milliseconds: 20)
            try store.write(.alert(first))
            var late = alert(3)
            late.acknowledgedAt = WallTime(milliseconds: 30)
            try store.write(.alert(late))
            first.acknowledgedAt = late.acknowledgedAt
            #expect(try store.alerts(.resolved, limit: 10) == [first])
            #expect(try store.alerts(.active, limit: 10).map(\.id) == [5])
            #expect(try store.alerts(.all, limit: 1).map(\.id) == [5])
        }
    }

    @Test("only one of a kind and subject lasts at a time")
    func unique() throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        do {
            try store.write(.alert(alert(1)))
            #expect(throws: HostError.self) { try store.write(.alert(alert(2))) }
            try store.write(.alert(alert(2, of: "other")))
        }
    }

    @Test("resolved ones go with age, those that last stay, and no number is given twice")
    func pruned() async throws {
        let store = try SQLiteStore.inMemory(clock: StandingClock())
        defer { store.close() }
        var old = alert(1)
        old.resolvedAt = WallTime(milliseconds: 50)
        var recent = alert(2)
        recent.resolvedAt = WallTime(milliseconds: 5_000)
        var newest = alert(4)
        newest.resolvedAt = WallTime(milliseconds: 60)
        try store.write(.alert(old), .alert(recent), .alert(alert(3, .jobStuck, of: "7")), .alert(newest))
        _ = try await withCheckedContinuation { continuation in
            store.pruneLogs(keepRows: 1_000, olderThan: WallTime(milliseconds: 1_000)) {
                continuation.resume(returning: $0)
            }
        }.get()
        #expect(try store.alerts(.all, limit: 10).map(\.id) == [4, 3, 2])
        #expect(try store.lastAlertID() == 4)
    }
}
