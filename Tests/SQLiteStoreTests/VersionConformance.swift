import Model
import Testing

@testable import SQLiteStore

@Suite("which versions every store keeps")
struct VersionConformance {
    private func tried(
        _ generation: Int, _ outcome: CodeVersion.Outcome = .running, bytes: Int = 10
    ) -> HostWrite {
        let code = CodeBundle(script: [UInt8](repeating: UInt8(ascii: "x"), count: bytes))
        let version = CodeVersion(
            generation: generation, codeHash: "hash \(generation)", at: WallTime(milliseconds: 0), outcome: outcome,
            reason: "a test", size: bytes)
        return .version(.tried(daemon: "d", version, code))
    }

    @Test(
        "the newest ones up to their count, with their texts, and the number of the newest",
        arguments: StoreKind.allCases)
    func count(_ kind: StoreKind) throws {
        try kind.with { store in
            #expect(try store.newestGeneration(of: "d") == nil)
            let last = CodeVersion.keptCount + 3
            for generation in 1...last { try store.write(tried(generation)) }
            #expect(try store.versions(of: "d").map(\.generation) == Array((4...last).reversed()))
            #expect(try store.newestGeneration(of: "d") == last)
            #expect(try store.code(of: "d", generation: 3) == nil)
            #expect(try store.code(of: "d", generation: 4)?.size == 10)
        }
    }

    @Test("as many as fit into their size, but always two, and the one that runs", arguments: StoreKind.allCases)
    func size(_ kind: StoreKind) throws {
        try kind.with { store in
            let half = CodeVersion.keptBytes / 2
            for generation in 1...3 { try store.write(tried(generation, bytes: half)) }
            #expect(try store.versions(of: "d").map(\.generation) == [3, 2])
            try store.write(tried(4, bytes: half + 1))
            try store.write(tried(5, bytes: half + 1))
            #expect(try store.versions(of: "d").map(\.generation) == [5, 4])
            for generation in 6...8 { try store.write(tried(generation, .refused, bytes: half + 1)) }
            #expect(try store.versions(of: "d").map(\.generation) == [8, 7, 5])
            #expect(try store.code(of: "d", generation: 5) != nil)
        }
    }
}
