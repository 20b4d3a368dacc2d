import Glibc
import LuaRuntime
import Model
import Platform
import Synchronization
import Testing

/// Where an interrupt comes from, when it comes, and what it leaves behind.
@Suite struct InterruptOriginTests {
    /// Interrupts the state from another thread once it is busy; returns when that is done.
    private func interruptWhileBusy(_ scene: LuaScene, _ reason: InterruptReason) throws -> LuaOutcome {
        let state = scene.state
        let isBusy = Atomic<Bool>(false)
        scene.onCall = { _ in isBusy.store(true, ordering: .releasing) }
        return withUnsafePointer(to: isBusy) { flag in
            let box = Interrupter(state: state, reason: reason, isBusy: flag)
            var thread = pthread_t()
            let argument = Unmanaged.passRetained(box).toOpaque()
            let made = pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    let box = Unmanaged<Interrupter>.fromOpaque(argument).takeRetainedValue()
                    while !box.isBusy.pointee.load(ordering: .acquiring) { sched_yield() }
                    box.state.interrupt(box.reason)
                    return nil
                }, argument)
            #expect(made == 0)
            let outcome = scene.settle(state.call("run"))
            pthread_join(thread, nil)
            return outcome
        }
    }

    @Test("an interrupt from another thread ends a busy script", arguments: [InterruptReason.stop, .sessionTimeout])
    func fromAnotherThread(reason: InterruptReason) throws {
        let scene = try LuaScene()
        scene.define("lunad.log.info('busy') while true do pcall(error) end")
        let failure = try scene.failure(of: interruptWhileBusy(scene, reason))
        #expect(failure.kind == .interrupted(reason))
        scene.expectNextHookWorks()
    }

    @Test("an interrupt from another thread ends a script that is in a C function")
    func insideC() throws {
        let scene = try LuaScene()
        scene.define("lunad.log.info('busy') return ('a'):rep(100000):find('.-.-.-b')")
        let failure = try scene.failure(of: interruptWhileBusy(scene, .stop))
        #expect(failure.kind == .interrupted(.stop))
        scene.expectNextHookWorks()
    }

    @Test("an interrupt while a host call waits ends it when it goes on, whatever the reply", arguments: [true, false])
    func whileWaiting(hasReply: Bool) throws {
        let scene = try LuaScene()
        scene.answers["sleep"] = .wait
        scene.define("while true do pcall(lunad.sleep, 1) end")
        guard case .waiting = scene.settle(scene.state.call("run")) else {
            Issue.record("it does not wait")
            return
        }
        #expect(scene.state.currentHostCall == "sleep")
        scene.state.interrupt(.stop)
        let failure = try scene.failure(of: scene.settle(scene.state.resume(hasReply ? .values([true]) : nil)))
        #expect(failure.kind == .interrupted(.stop))
        #expect(failure.traceback.hasPrefix("waiting for lunad.sleep\nstack traceback:"), "\(failure.traceback)")
        #expect(failure.traceback.contains("scripts/test.lua:1: in hook 'run'"), "\(failure.traceback)")
        #expect(scene.state.currentHostCall == nil)
        scene.expectNextHookWorks()
    }

    @Test("an interrupt between hooks ends the next one, unless it is forgotten")
    func betweenHooks() throws {
        let scene = try LuaScene()
        scene.define("return 1")
        scene.state.interrupt(.stop)
        #expect(try scene.failure(of: scene.state.call("run")).kind == .interrupted(.stop))
        scene.expectNextHookWorks()
        scene.state.interrupt(.stop)
        scene.state.clearInterrupt()
        scene.expectNextHookWorks()
    }

    @Test(
        "a hook that was overdue when it ended is nothing to the next one",
        arguments: [
            "local t = {} for i = 1, 300000 do t[i] = {} end while true do end",
            "local t = {} for i = 1, 3000 do t[i] = {} end",
        ])
    func overdueAtTheEnd(body: String) throws {
        let scene = try LuaScene(memory: 64 << 20, soft: 1 << 20)
        scene.define(body)
        for _ in 1...20 {
            scene.state.setTimeout(.milliseconds(1))
            _ = scene.settle(scene.state.call("run"))
            scene.state.setTimeout(.seconds(60))
            scene.expectNextHookWorks()
        }
    }

    @Test("the first of two reasons stands")
    func firstReason() throws {
        let scene = try LuaScene()
        scene.define("return 1")
        scene.state.interrupt(.sessionTimeout)
        scene.state.interrupt(.stop)
        #expect(try scene.failure(of: scene.state.call("run")).kind == .interrupted(.sessionTimeout))
    }

    @Test(
        "a directive cannot be caught",
        arguments: [
            "pcall(lunad.stop, 'x')", "while true do pcall(lunad.fail, 'x') end",
            "coroutine.wrap(function() pcall(lunad.retry_after, 1) end)()",
            "table.sort({2, 1}, function() pcall(lunad.stop) return true end)",
            "xpcall(lunad.stop, function() while true do end end)",
            "local x <close> = setmetatable({}, {__close = function() lunad.log.info('closed') end}) lunad.stop()",
            "error(setmetatable({}, {__tostring = function() lunad.stop() end}))",
            "local x <close> = setmetatable({}, {__close = function() lunad.stop() end}) error('x')",
        ])
    func directive(body: String) throws {
        let scene = try LuaScene()
        let failure = try scene.failure(body + " lunad.log.info('went on')")
        #expect(failure.kind == .interrupted(.directive))
        #expect(!scene.callNames.contains("log.info"))
        scene.expectNextHookWorks()
    }

    @Test(
        "what was interrupted stays dead in the next hook, and nothing of it runs",
        arguments: [
            "coroutine.resume(co)", "coroutine.close(co)", "pcall(coroutine.wrap(function() coroutine.resume(co) end))",
        ])
    func killedCoroutine(use: String) throws {
        let scene = try LuaScene()
        scene.load(
            """
            local t, co, hook = {}
            local meta = {__close = function() lunad.log.info('closed') while true do end end}
            function t.run()
              hook = coroutine.running()
              local a <close> = setmetatable({}, meta)
              co = coroutine.create(function() local b <close> = setmetatable({}, meta) while true do end end)
              coroutine.resume(co)
            end
            function t.again()
              assert(coroutine.status(co) == 'dead' and coroutine.status(hook) == 'dead')
              \(use)
              co = hook
              \(use)
              return 'again'
            end
            return t
            """)
        scene.state.setTimeout(.milliseconds(50))
        #expect(try scene.failure(of: scene.settle(scene.state.call("run"))).kind == .interrupted(.stepTimeout))
        scene.expectNextHookWorks()
        #expect(scene.calls.isEmpty)
        scene.expectCleanClose()
    }

    /// Silence is told to this.
    private static let tick = Duration.milliseconds(10)

    @Test(
        "heartbeats, waits and sessions are signs of life",
        arguments: [
            "lunad.heartbeat()", "lunad.heartbeat('at it')", "lunad.sleep(1)", "lunad.session(function() end)",
        ])
    func signsOfLife(sign: String) throws {
        let scene = try LuaScene()
        scene.answers["sleep"] = .wait
        let clock = SystemClock()
        var noted: [(silence: Duration, at: MonotonicTime)] = []
        scene.onCall = { scene in
            if scene.callNames.last == "log.info" { noted.append((scene.state.silence, clock.monotonic())) }
        }
        let busy = "begun = os.clock() while os.clock() - begun < 0.03 do end lunad.log.info('noted')"
        _ = scene.values("\(busy) \(busy) \(sign) lunad.log.info('noted')")
        try #require(noted.count == 3)
        #expect(noted[1].silence > noted[0].silence, "computing is no sign of life")
        #expect(noted[2].silence <= noted[2].at - noted[1].at + Self.tick)
    }

    @Test("a state that has just been made is not silent since the machine started")
    func silenceOfANewState() throws {
        let clock = SystemClock()
        let before = clock.monotonic()
        let scene = try LuaScene()
        scene.state.setTimeout(.seconds(10))
        #expect(!scene.state.isOverdue)
        #expect(scene.state.silence <= clock.monotonic() - before + Self.tick)
    }

    @Test("silence counts anew when the host says that it was at work in the script's place")
    func notedLife() throws {
        let clock = SystemClock()
        let scene = try LuaScene()
        _ = scene.values("local sum = 0 for i = 1, 100000 do sum = sum + i end")
        let before = clock.monotonic()
        scene.state.noteLife()
        #expect(scene.state.silence <= clock.monotonic() - before + Self.tick)
    }

    @Test("no metatable of the host's is there for a script to put a finalizer into")
    func hostMetatables() throws {
        let scene = try LuaScene()
        scene.load(
            """
            local t = {config = {}}
            function t.run(self, job)
              for _, value in pairs({job, self.config}) do
                local meta = getmetatable(value)
                if meta then meta.__gc = function() while true do end end end
              end
              return job.progress ~= nil, getmetatable(job)
            end
            function t.again() collectgarbage() return 'again' end
            return t
            """)
        try scene.state.setField("config", ["a": 1], readOnly: true)
        scene.state.setTimeout(.seconds(5))
        for _ in 1...3 {
            let job = scene.state.call("run", [["id": 1]], isJob: true)
            #expect(scene.returned(by: scene.settle(job)) == [true, false])
        }
        scene.expectNextHookWorks()
    }

    @Test("a finalizer is refused, also as an inherited field that is set later")
    func finalizer() throws {
        let scene = try LuaScene()
        let failure = try scene.failure("setmetatable({}, {__gc = function() end})")
        #expect(failure.message.hasPrefix("scripts/test.lua:1: '__gc' is not available"), "\(failure.message)")
        let late =
            "local m = {} for i = 1, 100 do setmetatable({}, m) end m.__gc = function() lunad.log.info('ran') end"
        _ = scene.values("\(late) collectgarbage() return 1")
        _ = scene.values(
            "setmetatable({}, setmetatable({}, {__index = {__gc = function() lunad.log.info('ran') end}})) collectgarbage()"
        )
        scene.expectCleanClose()
        #expect(scene.calls.isEmpty)
    }
}

/// What the interrupting thread needs.
private final class Interrupter {
    let state: LuaState
    let reason: InterruptReason
    let isBusy: UnsafePointer<Atomic<Bool>>

    init(state: LuaState, reason: InterruptReason, isBusy: UnsafePointer<Atomic<Bool>>) {
        self.state = state
        self.reason = reason
        self.isBusy = isBusy
    }
}
