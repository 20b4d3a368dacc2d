import Model
import Testing

@testable import DaemonHost

extension EngineTests {
    @Suite("what a swap writes down")
    struct SwapCommitTests {
        private static let patience = Duration.seconds(60)

        private static func text(_ word: String) -> String {
            """
            local d = { every = 1000, state = { n = 0 } }
            function d:run_step() lunad.log.info("\(word)") end
            return d
            """
        }

        private func takesOver(_ writes: [HostWrite]) -> Bool {
            writes.contains { if case .version(.runs) = $0 { true } else { false } }
        }

        /// A swap that waits for the writer, to be given back, to be made durable.
        private func beginHeldSwap(_ scene: HostScene) async throws -> any StoreSession {
            let writer = try await scene.holdWriter()
            try scene.project.write(script: "d", Self.text("new"))
            try scene.host.filesChanged()
            await scene.settle()
            return writer
        }

        @Test("one commit makes all of a swap durable, and when the answer comes all of it can be read")
        func oneCommit() async throws {
            try await HostScene.run(["d": Self.text("old")]) { scene in
                try await scene.boot()
                let commits = scene.store.commits
                let answer = try await scene.host.swap(
                    "d", code: Array(Self.text("new").utf8), patience: Self.patience)
                #expect(scene.store.commits == commits + 1)
                let stored = try scene.stored("d")
                #expect(answer.generation == 2 && stored.generation == 2)
                #expect(stored.reason == answer.reason && stored.reason.contains("generation 2 took over"))
                #expect(stored.codeHash == answer.codeHash && stored.nextStepAt == answer.nextStepAt)
                let notes = try scene.store.activities(of: "d", limit: 100).filter { $0.message.contains("swap") }
                #expect(notes.map(\.kind) == ["status", "operator"])
                #expect(try scene.store.versions(of: "d").map(\.outcome) == [.running, .replaced])
                #expect(try scene.store.newestGeneration(of: "d") == 2)
            }
        }

        @Test("what changes in the record while a swap is made durable is in the database after it")
        func changedMeanwhile() async throws {
            try await HostScene.run(["d": Self.text("old")]) { scene in
                try await scene.boot()
                let writer = try await beginHeldSwap(scene)
                try scene.daemon("d").core.withLock { $0.record.runningJobs = 3 }
                await scene.giveBack(writer)
                await scene.settle()
                #expect(try scene.record("d").generation == 2)
                #expect(try scene.stored("d").generation == 2)
                #expect(try scene.stored("d").runningJobs == 3)
                let told = try scene.store.activities(of: "d", limit: 100).filter { $0.message.contains("took over") }
                #expect(told.count == 1)
            }
        }

        @Test("a stop that comes while a swap is made durable has the last word in the database")
        func stoppedMeanwhile() async throws {
            try await HostScene.run(["d": Self.text("old")]) { scene in
                try await scene.boot()
                let writer = try await beginHeldSwap(scene)
                try scene.daemon("d").obey(.stop)
                await scene.giveBack(writer)
                try await scene.wait(for: "the stop") { try scene.record("d").status == .stopped }
                await scene.settle()
                let stored = try scene.stored("d")
                #expect(stored.status == .stopped && stored.generation == 2)
                #expect(stored.reason == (try scene.record("d").reason))
            }
        }

        @Test("of a swap that cannot be made durable nothing is in the database, and the next one goes well")
        func refused() async throws {
            try await HostScene.run(["d": Self.text("old")]) { scene in
                try await scene.boot()
                scene.store.fail { takesOver($0) ? .fails(HostError(.diskFull, "the disk is full")) : nil }
                await #expect(throws: HostError.self) {
                    try await scene.host.swap("d", code: Array(Self.text("new").utf8), patience: Self.patience)
                }
                await scene.settle()
                #expect(try scene.stored("d").generation == 1)
                #expect(try scene.stored("d").reason.contains("the disk is full"))
                let notes = try scene.store.activities(of: "d", limit: 100)
                #expect(!notes.contains { $0.kind == "operator" || $0.message.contains("took over") })
                scene.store.fail(nil)
                let answer = try await scene.host.swap(
                    "d", code: Array(Self.text("mended").utf8), patience: Self.patience)
                #expect(try scene.stored("d").reason == answer.reason)
            }
        }
    }
}
