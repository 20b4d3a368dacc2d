import Model
import Testing

@testable import SQLiteStore

@Suite("what every store's queue does with types that must not run together")
struct JobFairnessConformance {
    private static let rules: [String: JobGate.Rule] = ["scan": .init(conflictsWith: ["build"])]

    private func claimAll(_ bench: JobBench, _ gate: JobGate) throws -> JobClaim {
        try bench.wait("a claim") { bench.store.claim(limit: 9, gate: gate, boot: "boot", done: $0) }
    }

    @Test("the older of the two is not passed, however many of the other are launched", arguments: StoreKind.allCases)
    func fair(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            var gate = JobGate(rules: Self.rules)
            let first = try bench.add("scan")
            #expect(try claimAll(bench, gate).jobs.map(\.id) == [first])
            gate.start("scan")
            bench.clock.move(.milliseconds(1))
            let build = try bench.add("build")
            bench.clock.move(.milliseconds(1))
            let later = [try bench.add("scan"), try bench.add("scan")]
            let other = try bench.add("other")
            // Only what has nothing to do with the two goes on.
            let claim = try claimAll(bench, gate)
            #expect(claim.jobs.map(\.id) == [other] && claim.heldBack == ["scan"])
            gate.start("other")
            #expect(claim.nextDue == nil)
            gate.end("scan")
            #expect(try claimAll(bench, gate).jobs.map(\.id) == [build])
            gate.start("build")
            #expect(try claimAll(bench, gate) == JobClaim(jobs: [], limit: 9))
            gate.end("build")
            #expect(try claimAll(bench, gate).jobs.map(\.id) == later)
        }
    }

    @Test("a younger one, or one of less priority, keeps nobody back", arguments: StoreKind.allCases)
    func youngerWaits(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            var gate = JobGate(rules: Self.rules)
            gate.start("scan")
            let scan = try bench.add("scan")
            bench.clock.move(.milliseconds(1))
            _ = try bench.add("build")
            #expect(try claimAll(bench, gate).jobs.map(\.id) == [scan])
            gate.start("scan")
            let urgent = try bench.add(JobRequest(type: "scan", priority: 1))
            #expect(try claimAll(bench, gate).jobs.map(\.id) == [urgent])
        }
    }

    @Test(
        "nobody is kept back for one that waits for a job which itself waits for others", arguments: StoreKind.allCases)
    func noDeadlock(_ kind: StoreKind) throws {
        try JobBench.with(kind) { bench in
            var gate = JobGate(rules: Self.rules)
            let parent = try bench.add("scan")
            #expect(try claimAll(bench, gate).jobs.map(\.id) == [parent])
            gate.start("scan")
            _ = try bench.add("build")
            bench.clock.move(.milliseconds(1))
            let child = try bench.add(JobRequest(type: "scan", parent: parent))
            #expect(try claimAll(bench, gate).jobs.isEmpty)
            gate.beginWait("scan")
            #expect(try claimAll(bench, gate).jobs.map(\.id) == [child])
            gate.endWait("scan")
            _ = try bench.add("scan")
            #expect(try claimAll(bench, gate).heldBack == ["scan"])
        }
    }
}
