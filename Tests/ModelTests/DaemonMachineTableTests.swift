import Model
import Testing

/// What must hold for every state and every event, whatever the machine decides.
@Suite("A daemon's machine, every state with every event")
struct DaemonMachineTableTests {
    typealias Place = DaemonMachineScene.Place

    static let arrows: [DaemonStatus: Set<DaemonStatus>] = [
        .stopped: [.stopped, .starting],
        .starting: [.starting, .running, .backingOff, .stopping, .stopped, .failed],
        .running: [.running, .backingOff, .stopping, .failed],
        .backingOff: [.backingOff, .running, .starting, .stopping, .stopped, .failed],
        .stopping: [.stopping, .stopped, .starting, .failed],
        .failed: [.failed, .starting, .stopped],
    ]

    @Test("a status moves only along the legal arrows", arguments: Place.allCases)
    func legalArrows(place: Place) {
        for event in DaemonMachineScene.events(now: DaemonMachineScene.at(place).now) {
            var scene = DaemonMachineScene.at(place)
            let before = scene.machine.status
            scene.handle(event)
            let legal = Self.arrows[before]?.contains(scene.machine.status) ?? false
            #expect(legal, "\(place) with \(event): \(before) → \(scene.machine.status)")
        }
    }

    @Test("a change of status or reason is always written down", arguments: Place.allCases)
    func changesAreRecorded(place: Place) {
        for event in DaemonMachineScene.events(now: DaemonMachineScene.at(place).now) {
            var scene = DaemonMachineScene.at(place)
            let before = (scene.machine.status, scene.machine.reason)
            let effects = scene.handle(event)
            if before != (scene.machine.status, scene.machine.reason) {
                #expect(effects.contains(.record), "\(place) with \(event)")
            }
        }
    }

    @Test("no Lua state is left behind at rest, and none is called when there is none", arguments: Place.allCases)
    func statesAreReleased(place: Place) {
        for event in DaemonMachineScene.events(now: DaemonMachineScene.at(place).now) {
            var scene = DaemonMachineScene.at(place)
            let had = Self.hasLuaState(scene.machine.state)
            let effects = scene.handle(event)
            var has = had
            for effect in effects {
                switch effect {
                case .load:
                    #expect(!has, "\(place) with \(event) loads over a live state")
                    has = true
                case .release, .abandon:
                    has = false
                case .call, .interrupt, .takeOver, .refuse, .rollBack, .settle:
                    #expect(has, "\(place) with \(event) calls into nothing")
                case .askToStop, .report, .record:
                    break
                }
            }
            #expect(has == Self.hasLuaState(scene.machine.state), "\(place) with \(event): \(effects)")
        }
    }

    @Test("every reason is said", arguments: Place.allCases)
    func reasonsAreNeverEmpty(place: Place) {
        for event in DaemonMachineScene.events(now: DaemonMachineScene.at(place).now) {
            var scene = DaemonMachineScene.at(place)
            scene.handle(event)
            #expect(!scene.machine.reason.isEmpty, "\(place) with \(event)")
        }
    }

    @Test("from everywhere a stop ends within its ladder, even when nothing reacts", arguments: Place.allCases)
    func stopAlwaysStops(place: Place) {
        var scene = DaemonMachineScene.at(place)
        let asked = scene.now
        scene.handle(.stop(reason: "asked"))
        for _ in 0..<10 where scene.machine.status != .stopped { scene.passDeadline() }
        #expect(scene.machine.status == .stopped)
        let policy = Policy()
        #expect(scene.now - asked <= policy.stopTimeout + DaemonMachine.interruptGrace + DaemonMachine.interruptGrace)
    }

    @Test("from everywhere a start leads to a running daemon once hooks return", arguments: Place.allCases)
    func startAlwaysStarts(place: Place) {
        var scene = DaemonMachineScene.at(place)
        var effects = scene.handle(.start(reason: "again"))
        for _ in 0..<10 where scene.machine.status != .running {
            if effects.contains(.load) || scene.machine.state == .loading {
                effects = scene.handle(.loaded)
            } else if case .swapping = scene.machine.state {
                effects = scene.handle(.candidateFailed(DaemonMachineScene.failure))
                scene.handle(.wake)
            } else {
                effects = scene.handle(.returned(next: scene.now + .seconds(5)))
            }
        }
        #expect(scene.machine.status == .running)
    }

    private static func hasLuaState(_ state: DaemonMachine.State) -> Bool {
        switch state {
        case .stopped, .failed: false
        case .backingOff(_, let retry): retry != .start
        case .loading, .starting, .waiting, .stepping, .delivering, .swapping, .consoling, .restoring, .stopping: true
        }
    }
}
