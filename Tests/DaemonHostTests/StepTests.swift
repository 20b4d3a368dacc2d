import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("when steps are due")
    struct StepTests {
        /// Seconds of virtual time at which the steps of a daemon began.
        private func stepTimes(_ scene: HostScene, _ daemon: String) -> [Double] {
            scene.log(of: daemon).filter { $0.message == "step" }.compactMap { $0.fields?["at"]?.doubleValue }
        }

        private func stepper(_ head: String, _ body: String = "") -> String {
            """
            local d = { \(head) }
            function d:run_step() lunad.log.info("step", { at = lunad.monotonic() }) \(body) end
            return d
            """
        }

        @Test("steps follow one another at the interval, with the first at once")
        func interval() async throws {
            try await HostScene.run(["d": stepper("every = 2.5")]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(11))
                #expect(stepTimes(scene, "d") == [0, 2.5, 5, 7.5, 10])
            }
        }

        @Test("a step that outlasts its interval is followed at once by the next, and missed ones are not made up")
        func longStep() async throws {
            try await HostScene.run(["d": stepper("every = 5", "if self.n then return end self.n = 1 lunad.sleep(12)")])
            {
                scene in
                try await scene.boot()
                await scene.advance(by: .seconds(20))
                #expect(stepTimes(scene, "d") == [0, 12, 17])
            }
        }

        @Test("a machine that slept for an hour does not make up for the steps it missed")
        func sleptMachine() async throws {
            try await HostScene.run(["d": stepper("every = 5")]) { scene in
                try await scene.boot()
                await scene.jump(by: .seconds(3_600))
                #expect(stepTimes(scene, "d") == [0, 3_600])
            }
        }

        @Test("a step may return the seconds until the next")
        func returnedDelay() async throws {
            try await HostScene.run(["d": stepper("every = 60", "self.n = (self.n or 0) + 1 return self.n")]) { scene in
                try await scene.boot()
                await scene.advance(by: .seconds(9))
                #expect(stepTimes(scene, "d") == [0, 1, 3, 6])
                let record = try scene.record("d")
                #expect(record.nextStepAt == scene.clock.now() + .seconds(1))
            }
        }

        @Test(
            "a step that returns something else than a delay fails with what would be right",
            arguments: ["'soon'", "-1", "{}", "true", "0/0"])
        func wrongDelay(_ value: String) async throws {
            try await HostScene.run(["d": stepper("every = 60", "return \(value)")]) { scene in
                try await scene.boot()
                let record = try scene.record("d")
                #expect(record.status == .backingOff)
                #expect(record.error?.hasPrefix("run_step must return nothing, or the seconds") == true)
            }
        }

        @Test("a cron line counts from the local time of day")
        func cron() async throws {
            // The scene begins at 08:00 UTC, which is 10:00 here.
            try await HostScene.run(["d": stepper("every = '30 12 * * *'")], utcOffset: 7_200) { scene in
                try await scene.boot()
                #expect(stepTimes(scene, "d") == [])
                #expect(try scene.stored("d").nextStepAt == scene.clock.now() + .seconds(9_000))
                await scene.jump(by: .seconds(8_999))
                #expect(stepTimes(scene, "d") == [])
                await scene.jump(by: .seconds(1))
                #expect(stepTimes(scene, "d") == [9_000])
                await scene.jump(by: .seconds(86_400))
                #expect(stepTimes(scene, "d") == [9_000, 95_400])
            }
        }

        @Test("a clock that is set by hand moves the next step of a cron line, and no other")
        func clockSet() async throws {
            let scripts = ["a": stepper("every = 100"), "cron": stepper("every = '0 9 * * *'")]
            try await HostScene.run(scripts) { scene in
                try await scene.boot()
                // From 08:00 to 08:59.
                scene.clock.set(wall: scene.clock.now() + .seconds(3_540))
                await scene.advance(by: .seconds(59))
                #expect(stepTimes(scene, "cron") == [])
                await scene.advance(by: .seconds(1))
                #expect(stepTimes(scene, "cron") == [60])
                await scene.advance(by: .seconds(45))
                #expect(stepTimes(scene, "a") == [0, 100])
            }
        }

        @Test("a few daemons that start together step at once, the rest of a crowd each at a moment of its own")
        func spread() async throws {
            try await HostScene.run(["d": stepper("every = 1")]) { scene in
                for number in 1..<50 {
                    try await scene.write(.registerDaemon(name: "d\(number)", type: "d", enabled: true))
                }
                try await scene.boot()
                await scene.advance(by: .seconds(2))
                let all = scene.daemons.map { stepTimes(scene, $0.name) }
                let moments = all.compactMap(\.first).sorted()
                #expect(moments[..<32].allSatisfy { $0 == moments[0] }, "the first few begin together")
                #expect(Set(moments[32...]).count == 18, "each of the others has a moment of its own")
                #expect(all.allSatisfy { $0.count >= 2 && $0[0] < 1 && abs($0[1] - $0[0] - 1) < 1e-6 })
            }
        }

        @Test("steps that change no state cost no commit but the one a second for the books of all daemons")
        func unchangedState() async throws {
            try await HostScene.run(["d": "return { every = 0.05, state = { n = 1 }, run_step = function() end }"]) {
                scene in
                try await scene.boot()
                await scene.advance(by: .seconds(1))
                let (commits, steps) = (scene.store.commits, try scene.record("d").steps)
                await scene.advance(by: .seconds(10))
                #expect(try scene.record("d").steps - steps == 200)
                #expect(scene.store.commits - commits <= 11)
            }
        }

        @Test("a step counts only when what it changed is committed")
        func changedState() async throws {
            let script = """
                local d = { every = 1, state = { n = 0 } }
                function d:run_step() self.state.n = self.state.n + 1 end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                await scene.advance(by: .milliseconds(4_500))
                #expect(try scene.storedState("d", "n") == 5)
                // The next step's state is on its way for ever, so that step never ends.
                scene.store.fail { $0.contains { $0.isState } ? .neverAnswered : nil }
                await scene.advance(by: .seconds(3))
                let record = try scene.record("d")
                #expect(record.steps == 5 && record.status == .running)
                #expect(try scene.storedState("d", "n") == 5)
            }
        }

        @Test("state of every shape comes back as it was")
        func stateRoundTrip() async throws {
            let script = """
                local d = { every = 10, state = {} }
                function d:on_start() lunad.log.info("state", { json = lunad.json.encode(self.state.list or {}) }) end
                function d:run_step()
                  self.state = {
                    int = 9007199254740993, float = 0.1, whole = 2.0, text = "a\\0b", bytes = "\\xff\\xfe", list = { 1, "x", { true } },
                    map = { [1] = "one", [2.5] = "x", name = false }, empty = {},
                  }
                end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let state = try #require(try scene.store.state(of: "d")?.state)
                #expect(state["int"] == 9_007_199_254_740_993)
                #expect(state["float"] == 0.1 && state["whole"] == .number(2))
                #expect(state["text"] == "a\0b" && state["bytes"] == .bytes([255, 254]))
                #expect(state["list"] == [1, "x", [true]] && state["empty"] == .emptyTable)
                guard case .map(let entries)? = state["map"] else { Issue.record("the map is no map"); return }
                #expect(Set(entries) == [.init(1, "one"), .init(2.5, "x"), .init("name", false)])
                try scene.daemon("d").deliver(.restart(reason: "asked"))
                await scene.settle()
                #expect(try scene.record("d").steps == 2)
                #expect(scene.log(of: "d").last { $0.message == "state" }?.fields?["json"] == "[1,\"x\",[true]]")
            }
        }

        @Test("state that is not plain data fails the step and names the field")
        func stateOfFunctions() async throws {
            let script = """
                local d = { every = 1, state = { kept = 1 } }
                function d:run_step() self.state.kept = 2 self.state.call = { back = print } end
                return d
                """
            try await HostScene.run(["d": script]) { scene in
                try await scene.boot()
                let record = try scene.record("d")
                #expect(record.status == .backingOff)
                #expect(record.error?.contains("state.call.back") == true, "\(record.error ?? "no error")")
                #expect(try scene.store.state(of: "d") == nil)
            }
        }
    }
}

extension HostWrite {
    var isState: Bool {
        if case .saveState = self { true } else { false }
    }

    var isStatus: Bool {
        if case .daemonStatus = self { true } else { false }
    }
}
