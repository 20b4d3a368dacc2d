import Model
import Testing

@testable import LuaSyntax

@Suite struct MutationTests {
    private static let seedScript = """
        -- A script with one of everything, to be damaged.
        local d = { every = 5, config = { a = { type = "integer" } }, [1] = 0x1p4, "s", '\\u{41}\\65\\x41\\z  ' }
        local function f(a, b, ...) return a // b ~ ~a & #b, ... end
        function d:run_step()
          for i = 1, 10, 2 do if i > 3 then goto next elseif not i then break else f(i) end ::next:: end
          for k, v in pairs(self.config) do print(k .. v, self.config.a) end
          repeat local x <const> = -2 ^ 3 until x << 2 >> 1 | 4 == 5
          while lunad.now() do lunad.session(function(db) db:exec([==[ DELETE ]==], { 1; 2 }) end) end
          --[[ a long
          comment ]] return self.state ~= nil and ("x"):rep(3) or nil
        end
        return d
        """

    @Test("a damaged script is judged without harm, each finding inside the text", arguments: 0..<8 as Range<UInt64>)
    func mutations(seed: UInt64) {
        var random = SplitMix(state: seed)
        let checker = ScriptChecker(functions: ScriptCheckerTests.functions)
        for _ in 0..<400 {
            let source = damaged(&random)
            let lines = source.reduce(1) { $0 + ($1 == 0x0A || $1 == 0x0D ? 1 : 0) }
            for finding in checker.check(source, file: "x.lua") {
                let line = finding.position?.line ?? 1
                #expect(line >= 1 && line <= lines, "\(finding) in \(String(decoding: source, as: UTF8.self))")
            }
        }
    }

    @Test("arbitrary bytes are refused or accepted, never fatal")
    func arbitraryBytes() {
        var random = SplitMix(state: 99)
        let checker = ScriptChecker(functions: [])
        var refused = 0
        for _ in 0..<500 {
            let source = (0..<Int(random.next() % 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if !checker.check(source, file: "x.lua").isEmpty { refused += 1 }
        }
        #expect(refused > 400)
    }

    private func damaged(_ random: inout SplitMix) -> [UInt8] {
        var bytes = Array(Self.seedScript.utf8)
        for _ in 0...(random.next() % 4) where !bytes.isEmpty {
            let at = Int(random.next() % UInt64(bytes.count))
            let length = Int(random.next() % 12)
            let end = min(bytes.count, at + length)
            switch random.next() % 4 {
            case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.removeSubrange(at..<end)
            case 2: bytes.insert(contentsOf: bytes[at..<end], at: Int(random.next() % UInt64(bytes.count)))
            default: bytes.removeSubrange(at...)
            }
        }
        return bytes
    }
}

/// A small seeded generator, so that every run damages alike.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
