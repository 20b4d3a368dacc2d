import Model
import Testing

@Suite("A daemon's machine")
struct DaemonMachineTests {
    typealias Scene = DaemonMachineScene

    @Test("two starts at once load once")
    func doubleStart() {
        var scene = Scene()
        #expect(scene.handle(.start(reason: "a")).contains(.load))
        #expect(scene.handle(.start(reason: "b")) == [])
    }

    @Test("it is not running before on_start has returned")
    func notRunningBeforeOnStart() {
        var scene = Scene.at(.loading)
        #expect(scene.machine.status == .starting)
        #expect(scene.handle(.loaded) == [.call(.onStart)])
        #expect(scene.machine.status == .starting)
        #expect(scene.handle(.returned(next: scene.now)) == [.record])
        #expect(scene.machine.status == .running)
    }

    @Test("a failing on_start never shows running, backs off and starts afresh")
    func failingStart() {
        var scene = Scene.at(.starting)
        let effects = scene.handle(.failed(Scene.failure))
        #expect(effects == [.report(Scene.failure), .release, .record])
        #expect(scene.machine.status == .backingOff)
        #expect(scene.passDeadline() == [.record, .load])
        #expect(scene.machine.restarts == 1)
    }

    @Test("an ordinary step is no news")
    func quietStep() {
        var scene = Scene.at(.waiting)
        #expect(scene.passDeadline() == [.call(.runStep)])
        #expect(scene.handle(.returned(next: scene.now + .seconds(1))) == [])
        #expect(scene.machine.deadline == scene.now + .seconds(1))
    }

    @Test("a tick before its time does nothing")
    func earlyTick() {
        var scene = Scene.at(.waiting)
        #expect(scene.handle(.tick) == [])
        #expect(scene.machine.state == .waiting(until: scene.now + .seconds(5)))
    }

    @Test("failures in a row wait longer each time, a success forgets them")
    func backoffGrowsAndForgets() {
        var policy = Policy()
        policy.maxErrors = 10
        var scene = Scene.at(.stepping, policy: policy)
        var delays: [Duration] = []
        for _ in 0..<4 {
            scene.handle(.failed(Scene.failure))
            delays.append((scene.machine.deadline ?? scene.now) - scene.now)
            #expect(scene.passDeadline() == [.record, .call(.runStep)])
        }
        #expect(delays == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(scene.handle(.returned(next: scene.now)) == [.record])
        #expect(scene.machine.consecutiveErrors == 0)
        #expect(scene.machine.lastFailure == nil)
    }

    @Test("after max_errors in a row it stops, and fails with the cause and a probe time")
    func quarantine() {
        var policy = Policy()
        policy.maxErrors = 2
        var scene = Scene.at(.backingOffToStep, policy: policy)
        scene.passDeadline()
        let effects = scene.handle(.failed(Scene.failure))
        #expect(effects.contains(.call(.onStop(reason: "failed: scripts/a.lua:3: boom"))))
        #expect(scene.machine.status == .stopping)
        #expect(scene.handle(.returned(next: scene.now)) == [.release, .record])
        #expect(scene.machine.status == .failed)
        #expect(scene.machine.reason == "scripts/a.lua:3: boom")
        #expect(scene.machine.deadline.map { $0 - scene.now <= policy.probeInterval } == true)
    }

    @Test("a probe that fails once fails again, one that succeeds forgets")
    func probe() {
        var policy = Policy()
        policy.maxErrors = 1
        var scene = Scene.at(.failedProbing, policy: policy)
        #expect(scene.passDeadline() == [.record, .load])
        scene.handle(.loaded)
        scene.handle(.failed(Scene.failure))
        #expect(scene.machine.status == .failed)
        scene.passDeadline()
        scene.handle(.loaded)
        scene.handle(.returned(next: scene.now))
        scene.handle(.wake)
        scene.handle(.returned(next: scene.now))
        #expect(scene.machine.status == .running)
        #expect(scene.machine.consecutiveErrors == 0)
    }

    @Test("a load error is parked: time does not retry it, a change does at once")
    func parked() {
        var scene = Scene.at(.failedParked)
        #expect(scene.machine.deadline == nil)
        #expect(scene.handle(.tick, after: .seconds(100_000)) == [])
        #expect(scene.handle(.changed(reason: "scripts/a.lua changed")) == [.record, .load])
    }

    @Test("a broken limit ends the Lua state without another call into it")
    func brokenLimit() {
        var scene = Scene.at(.stepping)
        let failure = Failure(.limit, "out of memory")
        #expect(scene.handle(.failed(failure)) == [.report(failure), .release, .record])
        #expect(scene.machine.status == .failed)
    }

    @Test("the script's own delay is taken")
    func retryAfter() {
        var scene = Scene.at(.stepping)
        scene.handle(.failed(Failure(.runtime, "busy", retryAfter: .seconds(77))))
        #expect(scene.machine.deadline == scene.now + .seconds(77))
    }

    @Test("lunad.fail is not retried")
    func declaredFailure() {
        var scene = Scene.at(.stepping)
        scene.handle(.failed(Failure(.declared, "no such account")))
        scene.handle(.returned(next: scene.now))
        #expect(scene.machine.status == .failed)
        #expect(scene.machine.deadline == nil)
    }

    @Test("a daemon that ends itself is stopped, after on_stop")
    func endsItself() {
        var scene = Scene.at(.stepping)
        #expect(scene.handle(.endedItself(reason: "done")).contains(.call(.onStop(reason: "done"))))
        scene.handle(.returned(next: scene.now))
        #expect(scene.machine.status == .stopped)
        #expect(scene.machine.reason == "done")
    }

    @Test("a failing on_stop still ends stopped, with the error noted")
    func failingStop() {
        var scene = Scene.at(.stoppingHook)
        #expect(scene.handle(.failed(Scene.failure)) == [.report(Scene.failure), .release, .record])
        #expect(scene.machine.status == .stopped)
        #expect(scene.machine.reason.contains("on_stop failed: scripts/a.lua:3: boom"))
    }

    @Test("the ladder: ask, let the step finish, on_stop, interrupt, abandon")
    func ladder() {
        var scene = Scene.at(.stepping)
        #expect(scene.handle(.stop(reason: "asked")) == [.askToStop, .record])
        #expect(scene.passDeadline() == [.interrupt])
        #expect(scene.handle(.interrupted) == [.call(.onStop(reason: "asked"))])
        #expect(scene.passDeadline() == [.interrupt])
        #expect(scene.passDeadline() == [.abandon, .record])
        #expect(scene.machine.status == .stopped)
        #expect(scene.machine.reason.contains("abandoned"))
    }

    @Test("that a step had to be interrupted is still told after on_stop went well")
    func interruptedStep() {
        var scene = Scene.at(.stepping)
        scene.handle(.stop(reason: "asked"))
        scene.passDeadline()
        scene.handle(.interrupted)
        #expect(scene.handle(.returned(next: scene.now)) == [.release, .record])
        #expect(scene.machine.reason == "asked; it was interrupted")
    }

    @Test("hurry interrupts at once")
    func hurry() {
        var scene = Scene.at(.stoppingStep)
        #expect(scene.handle(.hurry) == [.interrupt])
        #expect(scene.handle(.hurry) == [])
    }

    @Test("a start during a stop begins anew after it")
    func startWhileStopping() {
        var scene = Scene.at(.stoppingHook)
        #expect(scene.handle(.start(reason: "again")) == [.record])
        #expect(scene.handle(.returned(next: scene.now)) == [.release, .record, .load])
    }

    @Test("a stopped daemon ignores a second stop")
    func secondStop() {
        var scene = Scene()
        #expect(scene.handle(.stop(reason: "asked")) == [])
    }

    @Test("a script that is not enabled ends stopped without on_start")
    func declined() {
        var scene = Scene.at(.loading)
        #expect(scene.handle(.declined(reason: "its script says enabled = false")) == [.release, .record])
        #expect(scene.machine.status == .stopped)
    }

    @Test("a cron line's due time moves with the wall clock")
    func rescheduled() {
        var scene = Scene.at(.waiting)
        scene.handle(.rescheduled(next: scene.now + .seconds(1)))
        #expect(scene.machine.deadline == scene.now + .seconds(1))
    }

    @Test("a job's end is told between two steps, and the next step keeps its time")
    func jobEnd() {
        var scene = Scene.at(.waiting)
        let due = scene.machine.deadline
        #expect(scene.handle(.jobEnded) == [.call(.onJob)])
        #expect(scene.machine.status == .running)
        #expect(scene.handle(.jobEnded) == [])
        #expect(scene.handle(.returned(next: due ?? scene.now)) == [.call(.onJob)], "the second end is told, too")
        #expect(scene.handle(.returned(next: due ?? scene.now)) == [])
        #expect(scene.machine.deadline == due)
    }

    @Test("an event is told between two steps, but a step that is due comes first")
    func event() {
        var scene = Scene.at(.waiting)
        let due = scene.machine.deadline ?? scene.now
        #expect(scene.handle(.eventArrived) == [.call(.onEvent)])
        #expect(scene.handle(.eventArrived) == [])
        #expect(scene.handle(.returned(next: due)) == [])
        #expect(scene.machine.deadline == due)
        scene.now = due
        #expect(scene.handle(.eventArrived) == [.call(.runStep)])
        #expect(scene.handle(.eventArrived) == [])
    }

    @Test("a failing on_job backs off like a failing step")
    func failingJobEnd() {
        var scene = Scene.at(.delivering)
        scene.handle(.failed(Scene.failure))
        #expect(scene.machine.status == .backingOff)
        #expect(scene.passDeadline() == [.record, .call(.runStep)])
    }
}
