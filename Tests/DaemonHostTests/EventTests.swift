import Model
import Platform
import Testing

@testable import DaemonHost

@Suite("lunad.events")
struct EventTests {
    /// Says what it hears of `topic`, through a function.
    static func listener(
        _ topic: String, _ body: String = "lunad.log.info(event.topic .. '=' .. tostring(event.payload))"
    )
        -> String
    {
        """
        local d = { every = 3600, state = { heard = 0 } }
        function d:on_start()
          lunad.events.subscribe("\(topic)", function(event) \(body) end)
        end
        function d:run_step() end
        return d
        """
    }

    /// Does this in its second step, a second after the first.
    static func publisher(_ body: String) -> String {
        """
        local d = { every = 1, state = { n = 0 } }
        function d:run_step()
          self.state.n = self.state.n + 1
          if self.state.n == 2 then \(body) end
        end
        return d
        """
    }

    @Test("an event reaches each subscriber at once, between its steps, and nobody else")
    func delivery() async throws {
        try await HostScene.run([
            "a": Self.publisher("lunad.events.publish('orders.paid', 7) lunad.events.publish('orders.lost')"),
            "b": Self.listener("orders.*"), "c": Self.listener("orders.paid"), "d": Self.listener("other.**"),
        ]) { scene in
            try await scene.boot()
            await scene.advance(by: .milliseconds(500))
            let due = try scene.record("b").nextStepAt
            await scene.advance(by: .seconds(1))
            #expect(scene.said(by: "b") == ["orders.paid=7", "orders.lost=nil"])
            #expect(scene.said(by: "c") == ["orders.paid=7"])
            #expect(scene.said(by: "d") == [])
            #expect(try scene.record("b").steps == 1)
            #expect(try scene.record("b").nextStepAt == due)
        }
    }

    @Test("without a function, on_event is called; it knows who published")
    func hook() async throws {
        let script = """
            local d = { every = 3600, state = {} }
            function d:on_start() lunad.events.subscribe("x.**") lunad.events.subscribe("x.y") end
            function d:run_step() end
            function d:on_event(event)
              self.state.from = event.daemon
              lunad.log.info(event.topic .. " " .. event.payload.list[2] .. " " .. tostring(event.job))
            end
            return d
            """
        try await HostScene.run([
            "a": Self.publisher("lunad.events.publish('x.y', { list = { 1, 'two' } })"), "b": script,
        ]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(1))
            // Both patterns are about it; the hook hears it once.
            #expect(scene.said(by: "b") == ["x.y two nil"])
            #expect(try scene.storedState("b", "from") == "a")
        }
    }

    @Test("each function whose pattern fits is called; the last one given for a pattern counts")
    func functions() async throws {
        let script = """
            local d = { every = 3600 }
            function d:on_start()
              lunad.events.subscribe("x", function() lunad.log.info("replaced") end)
              lunad.events.subscribe("x", function() lunad.log.info("one") end)
              lunad.events.subscribe("*", function() lunad.log.info("any") end)
              lunad.events.subscribe("y", function() lunad.log.info("never") end)
              lunad.log.info(tostring(lunad.events.unsubscribe("y")) .. tostring(lunad.events.unsubscribe("y")))
            end
            function d:run_step() end
            return d
            """
        try await HostScene.run(["a": Self.publisher("lunad.events.publish('x')"), "b": script]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(1))
            #expect(scene.said(by: "b") == ["truefalse", "one", "any"])
        }
    }

    @Test("in a session an event is published when that has committed, and never when it rolls back")
    func session() async throws {
        let body = """
            pcall(lunad.session, function(db) lunad.events.publish("x", "rolled back") error("no") end)
            lunad.session(function(db)
              lunad.events.publish("x", "committed")
              lunad.log.info("still inside")
            end)
            """
        try await HostScene.run(["a": Self.publisher(body), "b": Self.listener("x")]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(1))
            #expect(scene.said(by: "b") == ["x=committed"])
        }
    }

    @Test("a handler that fails backs off like a step; its event is gone and the next one comes after the retry")
    func failing() async throws {
        let body = "if event.payload == 1 then error('boom') end lunad.log.info('heard ' .. event.payload)"
        try await HostScene.run([
            "a": Self.publisher("lunad.events.publish('x', 1) lunad.events.publish('x', 2)"),
            "b": Self.listener("x", body),
        ]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(1))
            #expect(try scene.record("b").status == .backingOff)
            #expect(try scene.record("b").error?.contains("boom") == true)
            await scene.advance(by: .seconds(2))
            #expect(try scene.record("b").status == .running)
            #expect(scene.said(by: "b") == ["heard 2"])
        }
    }

    @Test("an event that comes while a step runs is told right after it")
    func duringStep() async throws {
        let script = """
            local d = { every = 3600 }
            function d:on_start() lunad.events.subscribe("x", function(e) lunad.log.info("event") end) end
            function d:run_step() lunad.sleep(5) lunad.log.info("step ends") end
            return d
            """
        try await HostScene.run(["a": Self.publisher("lunad.events.publish('x')"), "b": script]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(4.5))
            #expect(scene.said(by: "b") == [])
            await scene.advance(by: .seconds(1))
            #expect(scene.said(by: "b") == ["step ends", "event"])
        }
    }

    @Test("events without end do not keep a daemon from its steps")
    func endless() async throws {
        let script = """
            local d = { every = 1 }
            function d:on_start()
              lunad.events.subscribe("x", function() lunad.sleep(0.3) lunad.events.publish("x") end)
              lunad.events.publish("x")
            end
            function d:run_step() lunad.log.info("step") end
            return d
            """
        try await HostScene.run(["a": script]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(10))
            let steps = try scene.record("a").steps
            #expect((8...11).contains(steps), "\(steps) steps")
        }
    }

    @Test("nothing is left of a subscription when the Lua state ends")
    func lifetime() async throws {
        try await HostScene.run([
            "a": Self.publisher("lunad.events.publish('x', 1) self.state.n = 0"), "b": Self.listener("x"),
        ]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(1))
            #expect(scene.said(by: "b") == ["x=1"])
            try scene.daemon("b").deliver(.stop(reason: "a test"))
            await scene.advance(by: .seconds(4))
            #expect(try scene.context.topics.subscriberCount(of: "x") == 0)
            try scene.daemon("b").deliver(.start(reason: "a test"))
            await scene.advance(by: .seconds(2))
            // What was published while it was down is lost: only what came after is heard.
            #expect(scene.said(by: "b") == ["x=1", "x=1"])
            #expect(try scene.context.topics.subscriberCount(of: "x") == 1)
        }
    }

    @Test("after a swap only the new generation hears; when that is taken back, the old one does again")
    func swapped() async throws {
        func text(_ word: String, failing: Bool = false) -> String {
            """
            local d = { every = 3600 }
            function d:on_start() lunad.events.subscribe("x", function(e) lunad.log.info("\(word)" .. e.payload) end) end
            function d:run_step() \(failing ? "error('boom')" : "") end
            return d
            """
        }
        let publisher = """
            local d = { every = 1, state = { n = 0 } }
            function d:on_start() lunad.sleep(0.1) end
            function d:run_step() self.state.n = self.state.n + 1 lunad.events.publish("x", self.state.n) end
            return d
            """
        try await HostScene.run(["a": publisher, "b": text("old ")]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(1.5))
            try scene.project.write(script: "b", text("new ", failing: true))
            try scene.host.filesChanged()
            await scene.advance(by: .seconds(2))
            let heard = scene.said(by: "b").filter { $0.hasPrefix("old ") || $0.hasPrefix("new ") }
            #expect(heard == ["old 1", "old 2", "new 3", "new 4"])
            #expect(try scene.context.topics.subscriberCount(of: "x") == 2)
            // Its first step fails, and the generation before takes over again.
            try scene.daemon("b").deliver(.wake)
            await scene.advance(by: .seconds(1))
            #expect(scene.said(by: "b").filter { $0.hasPrefix("old ") } == ["old 1", "old 2", "old 5"])
            #expect(try scene.context.topics.subscriberCount(of: "x") == 1)
        }
    }

    @Test(
        "what waits at a swap is told to the generation that takes over, once each and in order; also when it is put back"
    )
    func swappedWithMail() async throws {
        func text(_ word: String, _ step: String) -> String {
            """
            local d = { every = 3600, state = { n = 0 } }
            function d:on_start()
              lunad.events.subscribe("x", function(e) lunad.log.info("\(word) " .. e.payload) end)
              if "\(word)" == "new" then lunad.sleep(2) end
            end
            function d:run_step() \(step) end
            return d
            """
        }
        let publisher = """
            local d = { every = 1, state = { n = 0 } }
            function d:on_start() lunad.sleep(0.1) end
            function d:run_step() self.state.n = self.state.n + 1 lunad.events.publish("x", self.state.n) end
            return d
            """
        let slow = "self.state.n = self.state.n + 1 if self.state.n > 1 then lunad.sleep(2.2) end"
        try await HostScene.run(["a": publisher, "b": text("old", slow)]) { scene in
            try await scene.boot()
            await scene.advance(by: .milliseconds(1_500))
            let told = scene.said(by: "b")
            // The step runs when the new text is saved: two events wait for it, and two more come while it takes over.
            try scene.daemon("b").deliver(.wake)
            await scene.settle()
            try scene.project.write(script: "b", text("new", "lunad.sleep(1.2) error('boom')"))
            try scene.host.filesChanged()
            await scene.advance(by: .milliseconds(4_700))
            let numbers = { (word: String) in
                scene.said(by: "b").filter { $0.hasPrefix(word) }.compactMap { Int($0.split(separator: " ")[1]) }
            }
            #expect(scene.said(by: "b").starts(with: told))
            let published = Int(try scene.record("a").steps)
            #expect(!numbers("new").isEmpty)
            #expect(numbers("old") + numbers("new") == Array(1...published))
            // Its step fails with an event waiting: the one before is told of it.
            try scene.daemon("b").deliver(.wake)
            await scene.advance(by: .milliseconds(9_000))
            let all = numbers("old") + numbers("new")
            #expect(all.sorted() == Array(1...Int(try scene.record("a").steps)))
            #expect(numbers("old").count > told.count)
            #expect(scene.context.topics.losses().isEmpty)
        }
    }

    @Test("more than a mailbox holds is dropped, the oldest first, and told")
    func overflow() async throws {
        let script = """
            local d = { every = 3600, policy = { log_burst = 10000 } }
            function d:on_start()
              lunad.events.subscribe("x", function(e) if e.payload % 500 == 1 then lunad.log.info("heard " .. e.payload) end end)
            end
            function d:run_step() lunad.sleep(60) end
            return d
            """
        try await HostScene.run([
            "a": Self.publisher("for i = 1, 1503 do lunad.events.publish('x', i) end"), "b": script,
        ]) { scene in
            try await scene.boot()
            await scene.advance(by: .seconds(2))
            #expect(scene.context.topics.losses() == ["b": 503])
            await scene.advance(by: .seconds(60))
            #expect(
                scene.said(by: "b") == [
                    "its mailbox is full: the oldest of the events that it is to be told of are dropped",
                    "heard 1001", "heard 1501", "more events came than its mailbox holds: 503 were dropped",
                ])
        }
    }

    @Test(
        "wrong calls are refused with what would be right",
        arguments: [
            ("lunad.events.subscribe('x')", "give subscribe a function, or define on_event"),
            ("lunad.events.subscribe('x', 5)", "bad argument #2 to 'subscribe' (function expected, got number)"),
            ("lunad.events.subscribe('a b', print)", "is no pattern"),
            ("lunad.events.publish('a.*')", "is no topic"),
            ("lunad.events.publish('a', print)", "function"),
            ("lunad.events.publish('a', ('x'):rep(70000))", "at most 65,536 are taken"),
            ("lunad.session(function() lunad.events.publish('*') end)", "is no topic"),
            ("for i = 1, 201 do lunad.events.subscribe('t' .. i, print) end", "at most 200 subscriptions"),
        ])
    func wrong(call: String, message: String) async throws {
        let script = "local d = { every = 3600 } function d:run_step() \(call) end return d"
        try await HostScene.run(["a": script]) { scene in
            try await scene.boot()
            let error = try #require(try scene.record("a").error)
            #expect(error.contains(message))
        }
    }

    @Test("a script that is still loading cannot subscribe")
    func loading() async throws {
        let script = "lunad.events.subscribe('x', print) return { run_step = print }"
        try await HostScene.run(["a": script]) { scene in
            try await scene.boot()
            #expect(try scene.record("a").error?.contains("subscribe in on_start") == true)
        }
    }

    @Test("a job publishes, and cannot subscribe")
    func job() async throws {
        let job = """
            return { run = function(self, job)
              lunad.events.publish("done", job.id)
              return select(2, pcall(lunad.events.subscribe, "x", print))
            end }
            """
        let launcher = Self.publisher("lunad.jobs.launch('work')")
        try await HostScene.run([
            "a": launcher, "b": Self.listener("done", "lunad.log.info(event.daemon .. event.job .. event.payload)"),
        ]) { scene in
            try scene.project.makeFolder("scripts/jobs")
            try scene.project.write(script: "jobs/work", job)
            try await scene.boot()
            await scene.advance(by: .seconds(1))
            await scene.wait(for: "the job to end") { (try? scene.context.queue.job(1)?.status) == .completed }
            await scene.settle()
            #expect(scene.said(by: "b") == ["a11"])
            #expect(try scene.context.queue.job(1)?.result?.stringValue?.contains("a job cannot subscribe") == true)
        }
    }
}

extension TopicExchange {
    /// How many would be told of this topic.
    func subscriberCount(of topic: String) throws -> Int { try subscribers(of: topic).count }
}
