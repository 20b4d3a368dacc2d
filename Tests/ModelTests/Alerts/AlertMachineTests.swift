import Testing

@testable import Model

/// A machine with its clock, told facts second by second.
private struct Watch {
    var machine: AlertMachine
    var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    var wall = WallTime(milliseconds: 1_800_000_000_000)

    init(_ settings: AlertSettings = AlertSettings(), active: [Alert] = [], lastID: Int64 = 0) {
        machine = AlertMachine(settings: settings, active: active, lastID: lastID)
    }

    /// What the same facts bring about in each of so many rounds, a second apart, as `+topic` and `-topic`.
    mutating func observe(_ facts: AlertFacts = AlertFacts(), rounds: Int = 1) -> [String] {
        var told: [String] = []
        for _ in 0..<rounds {
            now = now + .seconds(1)
            wall = wall + .seconds(1)
            told += machine.observe(facts, now: now, wall: wall).map { effect in
                let sign =
                    switch effect {
                    case .raised: "+"
                    case .acknowledged: "!"
                    case .resolved: "-"
                    }
                return "\(sign)\(effect.alert.topic.kind.rawValue) \(effect.alert.topic.subject)"
            }
        }
        return told
    }

    mutating func observe(
        _ state: AlertFacts.DaemonTrouble.State, errors: Int = 0, silence: String? = nil, rounds: Int = 1
    ) -> [String] {
        observe(
            AlertFacts(daemons: [
                .init(name: "d", state: state, reason: "broken\nmore", newErrors: errors, silence: silence)
            ]), rounds: rounds)
    }

    mutating func disk(_ free: Int64, of size: Int64 = 100 << 30) -> [String] {
        observe(AlertFacts(disk: .init(folder: "/srv", free: free, size: size)))
    }

    mutating func runs(completed: Int = 0, failed: Int = 0) -> [String] {
        observe(AlertFacts(ended: [.init(type: "t", completed: completed, failed: failed)]))
    }
}

@Suite("Alerts")
struct AlertMachineTests {
    @Test("a failed daemon is told once, while probes come and go, and resolved when it has been well for a while")
    func failed() throws {
        var watch = Watch()
        #expect(watch.observe(.failed) == ["+daemon_failed d"])
        #expect(watch.machine.alerts.map(\.message) == ["d has failed: broken"])
        #expect(watch.observe(.failed, rounds: 100) == [])
        #expect(watch.observe(.recovering, rounds: 100) == [], "a probe is no recovery")
        #expect(watch.observe(rounds: 9) == [])
        #expect(watch.observe(.recovering) == [], "it was well too shortly")
        #expect(watch.observe(rounds: 10) == [])
        #expect(watch.observe() == ["-daemon_failed d"])
        #expect(watch.machine.count == 0)
        #expect(watch.observe(rounds: 10) == [])
        #expect(watch.observe(.failed) == ["+daemon_failed d"], "the next one is a new alert")
        #expect(watch.machine.alerts.map(\.id) == [2])
    }

    @Test("a daemon that only recovers raises nothing")
    func recovering() {
        var watch = Watch()
        #expect(watch.observe(.recovering, rounds: 100) == [])
    }

    @Test("a silence that was too long is told once, and resolved a minute after the next success")
    func heartbeat() {
        var watch = Watch()
        #expect(watch.observe(.recovering, silence: "no sign of life for 10 s") == ["+heartbeat_missed d"])
        #expect(watch.observe(.recovering, silence: "it was interrupted", rounds: 30) == [])
        #expect(watch.observe(rounds: 60) == [])
        #expect(watch.observe() == ["-heartbeat_missed d"])
    }

    @Test("errors in quick succession are a crash loop until half of them are forgotten")
    func crashLoop() {
        var settings = AlertSettings()
        settings.crashErrors = 4
        settings.crashWindow = .seconds(100)
        var watch = Watch(settings)
        #expect(watch.observe(.fine, errors: 3) == [])
        #expect(watch.observe(rounds: 40) == [])
        #expect(watch.observe(.fine, errors: 1) == ["+crash_loop d"])
        #expect(watch.machine.alerts.map(\.message) == ["d failed 4 times within 100 s"])
        #expect(watch.observe(.fine, errors: 1) == [])
        #expect(watch.observe(rounds: 47) == [], "the first three still count")
        #expect(watch.observe(rounds: 20) == [], "two are half of four: neither bad nor good")
        #expect(watch.observe(rounds: 60) == ["-crash_loop d"])
    }

    @Test("errors that are far apart are no crash loop")
    func rareErrors() {
        var watch = Watch()
        for _ in 0..<40 {
            #expect(watch.observe(.fine, errors: 1) == [])
            #expect(watch.observe(rounds: 99) == [])
        }
    }

    @Test("a job without progress is stuck until it shows some or ends")
    func stuckJob() {
        var watch = Watch()
        func job(_ silence: Duration) -> AlertFacts { AlertFacts(jobs: [.init(id: 7, type: "copy", silence: silence)]) }
        #expect(watch.observe(job(.seconds(899))) == [])
        #expect(watch.observe(job(.seconds(900))) == ["+job_stuck 7"])
        #expect(watch.machine.alerts.map(\.message) == ["job 7 (copy) has shown no progress for 15 min"])
        #expect(watch.observe(job(.seconds(5_000)), rounds: 10) == [])
        #expect(watch.observe(job(.seconds(1))) == ["-job_stuck 7"])
        #expect(watch.observe(job(.seconds(900))) == ["+job_stuck 7"])
        #expect(watch.observe() == ["-job_stuck 7"])
    }

    @Test("half the runs of a type failing is told once there were enough of them, and resolved below a quarter")
    func jobFailures() {
        var watch = Watch()
        #expect(watch.runs(failed: 9) == [], "nine runs say little")
        #expect(watch.runs(completed: 1) == ["+job_failures t"])
        #expect(watch.machine.alerts.map(\.message) == ["9 of 10 runs of t failed within 600 s"])
        #expect(watch.runs(completed: 20) == [], "30 %")
        #expect(watch.runs(completed: 10) == ["-job_failures t"])
        #expect(watch.observe(rounds: 700) == [])
        #expect(watch.runs(failed: 9) == [], "the old ones are forgotten")
    }

    @Test("runs that ended long ago resolve it, too")
    func jobsForgotten() {
        var watch = Watch()
        #expect(watch.runs(failed: 10) == ["+job_failures t"])
        #expect(watch.observe(rounds: 500) == [])
        #expect(watch.observe(rounds: 101) == ["-job_failures t"])
    }

    @Test("a disk is low below the setting, and no longer when a quarter more than that is free")
    func disk() {
        var watch = Watch()
        #expect(watch.disk(512 << 20) == [])
        #expect(watch.disk(511 << 20) == ["+disk_low /srv"])
        #expect(watch.machine.alerts.map(\.message) == ["511 MB are free on the disk of /srv; 512 MB should be"])
        #expect(watch.disk(600 << 20) == [])
        #expect(watch.disk(100 << 20) == [])
        #expect(watch.disk(640 << 20) == ["-disk_low /srv"])
    }

    @Test("of a small disk a tenth has to be free")
    func smallDisk() {
        var watch = Watch()
        #expect(watch.disk(101 << 20, of: 1_000 << 20) == [])
        #expect(watch.disk(99 << 20, of: 1_000 << 20) == ["+disk_low /srv"])
    }

    @Test("what is switched off is not raised", arguments: Alert.Kind.allCases)
    func off(kind: Alert.Kind) {
        var settings = AlertSettings()
        settings.off = [kind]
        var watch = Watch(settings)
        let facts = AlertFacts(
            daemons: [.init(name: "d", state: .failed, reason: "x", newErrors: 50, silence: "long")],
            jobs: [.init(id: 1, type: "t", silence: .seconds(5_000))],
            ended: [.init(type: "t", completed: 0, failed: 50)], disk: .init(folder: "/", free: 0, size: 1 << 40))
        let told = watch.observe(facts)
        #expect(told.count == Alert.Kind.allCases.count - 1)
        #expect(!told.contains { $0.hasPrefix("+\(kind.rawValue) ") })
    }

    @Test("an alert is acknowledged once, stays active, and an unknown one is not acknowledged")
    func acknowledge() {
        var watch = Watch()
        _ = watch.observe(.failed)
        let first = watch.machine.acknowledge(1, at: WallTime(milliseconds: 5))
        #expect(first?.alert.acknowledgedAt == WallTime(milliseconds: 5) && first?.effects.count == 1)
        let second = watch.machine.acknowledge(1, at: WallTime(milliseconds: 9))
        #expect(second?.alert.acknowledgedAt == WallTime(milliseconds: 5) && second?.effects == [])
        let unknown = watch.machine.acknowledge(2, at: WallTime(milliseconds: 9))
        #expect(unknown == nil)
        #expect(watch.machine.count == 1)
        #expect(watch.observe(rounds: 11) == ["-daemon_failed d"])
        let over = watch.machine.acknowledge(1, at: WallTime(milliseconds: 9))
        #expect(over == nil)
    }

    @Test("what an earlier run left goes on under its number, and numbers are never given twice")
    func restored() {
        let left = Alert(
            id: 4, topic: .init(.daemonFailed, "d"), message: "d has failed", raisedAt: WallTime(milliseconds: 0))
        var watch = Watch(active: [left], lastID: 9)
        #expect(watch.observe(.recovering, rounds: 20) == [])
        #expect(watch.observe(.failed) == [], "it is known already")
        #expect(watch.observe(.failed, silence: "long") == ["+heartbeat_missed d"])
        #expect(watch.machine.alerts.map(\.id) == [4, 10])
    }

    @Test("a flood of alerts is bounded")
    func bounded() {
        var watch = Watch()
        let facts = AlertFacts(
            daemons: (0..<1_500).map { .init(name: "d\($0)", state: .failed, reason: "x") })
        #expect(watch.observe(facts).count == AlertMachine.capacity)
        #expect(watch.observe(facts).isEmpty)
        #expect(watch.machine.count == AlertMachine.capacity)
    }

    @Test("settings are read, and mistakes are named")
    func settings() throws {
        let table: Value = [
            "alerts": [
                "crash_loop": ["errors": 3, "window": 60], "job_failures": ["rate": 0.2, "runs": 4, "window": 30],
                "job_silence": 60, "disk_free": "1GB", "off": ["job_stuck"], "command": ["page", "me"],
            ]
        ]
        let settings = try HostSettings.parse(table: table, file: "lunad.lua").get().alerts
        #expect(settings.crashErrors == 3 && settings.crashWindow == .seconds(60))
        #expect(settings.failureRate == 0.2 && settings.failureRuns == 4 && settings.failureWindow == .seconds(30))
        #expect(settings.jobSilence == .seconds(60) && settings.diskFree == 1 << 30)
        #expect(settings.off == [.jobStuck] && settings.command == ["page", "me"])
        let problems = HostSettings.problems(table: [
            "alerts": ["off": ["job_stuk"], "command": .emptyTable, "crash_loop": ["errors": 1], "disc": 1]
        ])
        #expect(problems.count == 4, "\(problems)")
        #expect(problems.contains { $0.contains("alerts.off has \"job_stuk\" (did you mean") }, "\(problems)")
        #expect(problems.contains { $0.hasPrefix("alerts.command is empty") }, "\(problems)")
        #expect(problems.contains { $0.hasPrefix("alerts.crash_loop.errors is 1; expected a whole number") })
        #expect(problems.contains { $0.hasPrefix("alerts.disc is not known") }, "\(problems)")
    }
}
