import Model
import Testing

@testable import SQLiteStore

/// A kind of store that must keep the contract; another engine joins by a case here.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case file
    case memory

    var testDescription: String { rawValue }

    /// Runs `body` on a new empty store of this kind.
    func with(_ body: (any Store) throws -> Void) throws {
        let folder = try TemporaryFolder()
        let store: any Store =
            switch self {
            case .file: try SQLiteStore.make(folder)
            case .memory: try SQLiteStore.inMemory(clock: StandingClock())
            }
        defer { store.close() }
        try body(store)
    }
}

@Suite("what every store does with the host's writes")
struct HostWriteConformance {
    private let at = WallTime(milliseconds: 1_795_560_000_000)

    @Test("a registered daemon is read back with defaults", arguments: StoreKind.allCases)
    func registers(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(.registerDaemon(name: "inbox", type: "inbox", enabled: true))
            #expect(try store.daemons() == [DaemonRecord(name: "inbox", type: "inbox")])
            #expect(try store.daemon(named: "outbox") == nil)
        }
    }

    @Test("registering again changes the type and the script's word, not what runs", arguments: StoreKind.allCases)
    func registersAgain(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(.registerDaemon(name: "a", type: "old", enabled: true))
            var record = DaemonRecord(name: "a", type: "old")
            record.status = .running
            try store.write(.daemonStatus(record), .registerDaemon(name: "a", type: "new", enabled: false))
            let read = try #require(try store.daemon(named: "a"))
            #expect(read.type == "new")
            #expect(!read.enabled)
            #expect(!read.enabledByOperator)
            #expect(read.status == .running)
        }
    }

    @Test("the operator's word wins over the script's", arguments: StoreKind.allCases)
    func operatorWins(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(.registerDaemon(name: "a", type: "a", enabled: true))
            try store.write(.setEnabled(name: "a", enabled: false))
            try store.write(.registerDaemon(name: "a", type: "a", enabled: true))
            let read = try #require(try store.daemon(named: "a"))
            #expect(!read.enabled)
            #expect(read.enabledByOperator)
        }
    }

    @Test("a status is read back field by field", arguments: StoreKind.allCases)
    func status(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(.registerDaemon(name: "a", type: "t", enabled: true))
            let record = fullRecord
            try store.write(.daemonStatus(record))
            #expect(try store.daemon(named: "a") == record)
        }
    }

    @Test("a status for a daemon that is gone brings nothing back", arguments: StoreKind.allCases)
    func statusOfNobody(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(.daemonStatus(fullRecord))
            #expect(try store.daemons().isEmpty)
        }
    }

    @Test("heartbeats touch only what they carry", arguments: StoreKind.allCases)
    func heartbeats(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(.registerDaemon(name: "a", type: "t", enabled: true), .daemonStatus(fullRecord))
            try store.write(
                .heartbeats([
                    .init(
                        daemon: "a", lastHeartbeat: at + .seconds(9), lastSuccess: nil, nextStepAt: at, steps: 100,
                        memoryBytes: 7, activity: nil, progress: 0.5, runningJobs: 3),
                    .init(
                        daemon: "gone", lastHeartbeat: at, lastSuccess: nil, nextStepAt: nil, steps: 1, memoryBytes: 1,
                        activity: nil, progress: nil),
                ]))
            var wanted = fullRecord
            wanted.lastHeartbeat = at + .seconds(9)
            wanted.lastSuccess = nil
            wanted.nextStepAt = at
            wanted.steps = 100
            wanted.memoryBytes = 7
            wanted.activity = nil
            wanted.progress = 0.5
            wanted.runningJobs = 3
            #expect(try store.daemons() == [wanted])
        }
    }

    @Test("every kind of value survives as state", arguments: StoreKind.allCases)
    func stateRoundTrip(_ kind: StoreKind) throws {
        try kind.with { store in
            #expect(try store.state(of: "a") == nil)
            let state: Value = .object([
                .init("flag", true), .init("whole", .integer(.min)), .init("float", 1.0),
                .init("inf", .number(.infinity)),
                .init("text", "ä\u{0}\n"), .init("raw", .bytes([0xff, 0])), .init("list", [1, "two", .null]),
                .init("$odd", .map([.init(1, 2), .init(.number(2.5), "x")])), .init("none", .emptyTable),
            ])
            try store.write(.saveState(daemon: "a", state: state, version: 3))
            let read = try #require(try store.state(of: "a"))
            #expect(read.state == state)
            #expect(read.version == 3)
            try store.write(.saveState(daemon: "a", state: .emptyTable, version: 4))
            #expect(try store.state(of: "a")?.state == .emptyTable)
        }
    }

    @Test("setting one config key leaves the others", arguments: StoreKind.allCases)
    func config(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(
                .setConfig(daemon: "a", key: "x", value: 1), .setConfig(daemon: "a", key: "y", value: "two"),
                .setConfig(daemon: "b", key: "x", value: 9))
            try store.write(.setConfig(daemon: "a", key: "x", value: nil))
            #expect(try store.config(of: "a") == [.init("y", "two")])
            try store.write(.setConfig(daemon: "a", key: "y", value: [1, 2]))
            #expect(try store.config(of: "a") == [.init("y", [1, 2])])
            #expect(try store.config(of: "b") == [.init("x", 9)])
        }
    }

    @Test("removing a daemon takes state and config, and keeps its history", arguments: StoreKind.allCases)
    func removes(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(
                .registerDaemon(name: "a", type: "a", enabled: true), .saveState(daemon: "a", state: [1], version: 1),
                .setConfig(daemon: "a", key: "k", value: 1),
                .logs([LogEntry(at: at, daemon: "a", level: .info, message: "m")]))
            try store.write(.removeDaemon(name: "a"))
            #expect(try store.daemons().isEmpty)
            #expect(try store.state(of: "a") == nil)
            #expect(try store.config(of: "a").isEmpty)
            #expect(try store.logs(LogQuery(daemon: "a")).count == 1)
        }
    }

    @Test("activities come back oldest first, the newest when there are too many", arguments: StoreKind.allCases)
    func activities(_ kind: StoreKind) throws {
        try kind.with { store in
            let all = (1...5).map {
                Activity(
                    at: at + .seconds($0), daemon: $0 == 3 ? nil : "a", kind: "status", message: "m\($0)",
                    details: $0 == 1 ? .object([.init("from", "stopped")]) : nil)
            }
            for activity in all { try store.write(.activity(activity)) }
            #expect(try store.activities(of: nil, limit: 3).map(\.unnumbered) == Array(all.suffix(3)))
            #expect(try store.activities(of: "a", limit: 10).map(\.unnumbered) == all.filter { $0.daemon == "a" })
        }
    }

    @Test(
        "progress outside 0…1 is brought inside, and fields that cannot be written keep their line",
        arguments: StoreKind.allCases)
    func repairs(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(.registerDaemon(name: "a", type: "t", enabled: true))
            for (given, kept) in [(7.0, 1.0), (-1, 0), (.infinity, 1), (.nan, nil)] as [(Double, Double?)] {
                var record = DaemonRecord(name: "a", type: "t")
                record.progress = given
                try store.write(.daemonStatus(record))
                #expect(try store.daemon(named: "a")?.progress == kept)
            }
            try store.write(.logs([LogEntry(at: at, daemon: "a", level: .info, message: "m", fields: tooDeep)]))
            let entry = try #require(try store.logs(LogQuery()).first?.entry)
            #expect(entry.message == "m")
            #expect(entry.fields?["unwritable"]?.stringValue?.isEmpty == false)
        }
    }

    @Test("a failing write takes its whole unit with it", arguments: StoreKind.allCases)
    func unitIsAtomic(_ kind: StoreKind) throws {
        try kind.with { store in
            let error = try refusal {
                try store.write(
                    .registerDaemon(name: "kept-not", type: "a", enabled: true),
                    .saveState(daemon: "kept-not", state: tooDeep, version: 1))
            }
            #expect(error.code == .limitExceeded)
            #expect(try store.daemons().isEmpty)
        }
    }

    @Test("a closed store answers that it is", arguments: StoreKind.allCases)
    func closed(_ kind: StoreKind) throws {
        try kind.with { store in
            store.close()
            store.close()
            let errors = [
                try refusal { try store.write(.removeDaemon(name: "a")) }, try refusal { _ = try store.daemons() },
                try refusal { _ = try store.session() },
            ]
            #expect(errors.map(\.code) == [.unavailable, .unavailable, .unavailable])
        }
    }

    private var fullRecord: DaemonRecord {
        var record = DaemonRecord(name: "a", type: "t")
        record.status = .backingOff
        record.reason = "step failed"
        record.statusSince = at
        record.generation = 2
        record.codeHash = "abc"
        record.startedAt = at + .seconds(1)
        record.lastHeartbeat = at + .seconds(2)
        record.lastSuccess = at + .seconds(3)
        record.nextStepAt = at + .milliseconds(4_567)
        record.steps = 5
        record.errors = 6
        record.consecutiveErrors = 7
        record.restarts = 8
        record.memoryBytes = 9
        record.activity = "hashing"
        record.progress = 0.25
        record.runningJobs = 1
        record.error = "boom"
        record.traceback = "stack traceback:\n\t[C]: in ?"
        return record
    }

    private var tooDeep: Value { (0..<200).reduce(Value.integer(1)) { value, _ in .array([value]) } }
}

@Suite("what every store does with log lines")
struct LogConformance {
    private let at = WallTime(milliseconds: 1_795_560_000_000)

    private func line(_ number: Int, _ level: LogLevel = .info, daemon: String? = "a", fields: Value? = nil) -> LogEntry
    {
        LogEntry(
            at: at + .seconds(number), daemon: daemon, level: level, message: "line \(number)", fields: fields,
            generation: 2, codeHash: "h", step: Int64(number), job: number == 2 ? 7 : nil)
    }

    @Test("lines are read back whole, the newest, oldest first", arguments: StoreKind.allCases)
    func newest(_ kind: StoreKind) throws {
        try kind.with { store in
            let lines = (1...5).map { line($0, fields: .object([.init("n", .integer(Int64($0)))])) }
            try store.write(.logs(lines))
            let read = try store.logs(LogQuery(limit: 4))
            #expect(read.map(\.entry) == Array(lines.suffix(4)))
            #expect(read.map(\.id) == read.map(\.id).sorted())
        }
    }

    @Test("each filter lets through what it says", arguments: StoreKind.allCases)
    func filters(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(
                .logs([
                    line(1, .debug), line(2, .warn, daemon: "b"), line(3, .error), line(4, daemon: nil),
                    line(5, fields: .object([.init("path", "/srv/100%_x")])),
                ]))
            func numbers(_ query: LogQuery) throws -> [Int64] { try store.logs(query).map(\.entry.step) }
            #expect(try numbers(LogQuery()) == [1, 2, 3, 4, 5])
            #expect(try numbers(LogQuery(daemon: "a")) == [1, 3, 5])
            #expect(try numbers(LogQuery(job: 7)) == [2])
            #expect(try numbers(LogQuery(minimumLevel: .warn)) == [2, 3])
            #expect(try numbers(LogQuery(since: at + .seconds(4))) == [4, 5])
            #expect(try numbers(LogQuery(text: "LINE 3")) == [3])
            #expect(try numbers(LogQuery(text: "100%_X")) == [5])
            #expect(try numbers(LogQuery(text: "1%0")) == [])
            #expect(try numbers(LogQuery(daemon: "a", minimumLevel: .info, since: at, text: "line", limit: 1)) == [5])
            #expect(try numbers(LogQuery(limit: 0)) == [])
        }
    }

    @Test("following skips nothing, however much came at once", arguments: StoreKind.allCases)
    func following(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(.logs((1...10).map { line($0) }))
            var seen: [Int64] = []
            var last: Int64 = 0
            while case let page = try store.logs(LogQuery(afterID: last, limit: 3)), let end = page.last {
                seen += page.map(\.entry.step)
                last = end.id
            }
            #expect(seen == Array(1...10))
        }
    }

    @Test("pruning bounds the log by rows and by age", arguments: StoreKind.allCases)
    func prune(_ kind: StoreKind) throws {
        try kind.with { store in
            try store.write(.logs((1...10).map { line($0) }))
            #expect(try pruned(store, keepRows: 8, olderThan: at) == 2)
            #expect(try store.logs(LogQuery()).map(\.entry.step) == Array(3...10))
            #expect(try pruned(store, keepRows: 100, olderThan: at + .seconds(6)) == 3)
            #expect(try store.logs(LogQuery()).map(\.entry.step) == Array(6...10))
            #expect(try pruned(store, keepRows: 100, olderThan: at) == 0)
            #expect(try pruned(store, keepRows: 0, olderThan: at) == 5)
            try store.write(.logs([line(11)]))
            #expect(try store.logs(LogQuery()).map(\.entry.step) == [11])
        }
    }

    private func pruned(_ store: any Store, keepRows: Int, olderThan: WallTime) throws -> Int {
        let answer = Answer<Result<Int, HostError>>()
        store.pruneLogs(keepRows: keepRows, olderThan: olderThan) { answer.give($0) }
        return try answer.wait("the end of pruning").get()
    }
}

extension Activity {
    /// The activity as it was written, without its place in the record.
    fileprivate var unnumbered: Activity {
        var activity = self
        activity.id = nil
        return activity
    }
}
