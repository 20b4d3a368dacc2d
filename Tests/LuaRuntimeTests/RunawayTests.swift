import Dispatch
import Foundation
import LuaRuntime
import Model
import Platform
import Synchronization
import Testing

/// Library calls that compute for minutes without one Lua instruction.
@Suite("Library calls that run away are interrupted", .serialized)
struct RunawayTests {
    @Test(
        "a call that runs away is unwound within a second of its timeout",
        arguments: [
            // Patterns.
            #"("a"):rep(50):find(("a?"):rep(50) .. ("a"):rep(50))"#,
            #"("a"):rep(5000):match((".-"):rep(8) .. "b")"#,
            #"("a"):rep(4000000):find("(a+)%1%1b")"#,
            #"("("):rep(4000000):find("%b()")"#,
            #"("a"):rep(8000000):find("[" .. ("bc"):rep(4000000) .. "]")"#,
            #"("a"):rep(100000):find("%f[" .. ("bc"):rep(4000000) .. "]")"#,
            #"for _ in ("a"):rep(3000):gmatch((".-"):rep(9) .. "b") do end"#,
            #"("a"):rep(3000):gsub((".-"):rep(9) .. "b", "")"#,
            #"("b"):rep(1000):gsub("", ("%0"):rep(8000000))"#,
            // A table that is slow to read.
            #"("a"):rep(8000000):gsub(".", setmetatable({}, {__index = deep}))"#,
            // Ranges that a small script can claim.
            #"table.move(deep, 1, 9000000, 2, {})"#,
            #"for i = 1, 300000 do root[i] = "" end while true do table.concat(deep, "", 1, 300000) end"#,
            #"while true do table.unpack(deep, 1, 900000) end"#,
            #"for _ = 1, 1000 do table.insert(setmetatable({}, {__len = function() return 9000000 end}), 1, 2) end"#,
            #"for _ = 1, 1000 do table.remove(setmetatable({}, {__len = function() return 9000000 end}), 1) end"#,
            // Sorts: a comparator written in C, and none at all.
            #"table.sort(setmetatable({}, {__len = function() return 1 << 30 end}), rawequal)"#,
            #"table.sort(setmetatable({}, {__len = function() return 1 << 30 end, __index = function() return 1 end}))"#,
            #"local t = {} for i = 1, 1000000 do t[i] = i * 7919 % 1000003 end while true do table.sort(t, math.ult) end"#,
        ])
    func unwound(_ body: String) throws {
        let chunk = """
            local root = {} local deep = root for _ = 1, 1990 do deep = setmetatable({}, {__index = deep}) end
            return { run = function() \(body) end }
            """
        let timeout = Duration.milliseconds(50)
        let run = try #require(BackgroundRun(chunk, timeout: timeout).ended(within: .seconds(5)), "it still runs")
        guard case .failed(let failure) = run.outcome else {
            Issue.record("it ended by itself: \(run.outcome)")
            return
        }
        #expect(failure.kind == .interrupted(.stepTimeout))
        #expect(run.time < timeout + .seconds(1))
    }

    @Test("a plain search in a repetitive text is fast", .timeLimit(.minutes(1)))
    func plainFind() throws {
        let found = try evaluate(#"(("ab"):rep(8000000) .. "c"):find(("ab"):rep(4000000) .. "d", 1, true)"#)
        #expect(found == "nil")
    }

    @Test("repeating nothing takes no time", .timeLimit(.minutes(1)))
    func emptyRepetition() throws {
        #expect(try evaluate(#"("").rep("", 1 << 62)"#) == #""""#)
    }
}

/// A chunk that runs on a thread of its own, outside the pool that the tests need, so that a test can give up on it.
private final class BackgroundRun: Sendable {
    private let end = DispatchSemaphore(value: 0)
    private let result = Mutex<(outcome: LuaOutcome, time: Duration)?>(nil)

    init(_ chunk: String, timeout: Duration) {
        Thread.detachNewThread {
            let clock = ContinuousClock()
            let start = clock.now
            let outcome = try? runToEnd(chunk, timeout: timeout)
            self.result.withLock { $0 = outcome.map { ($0, start.duration(to: clock.now)) } }
            self.end.signal()
        }
    }

    /// What came of it and how long it took; nil when it has not ended by then.
    func ended(within span: DispatchTimeInterval) -> (outcome: LuaOutcome, time: Duration)? {
        guard end.wait(timeout: .now() + span) == .success else { return nil }
        return result.withLock { $0 }
    }
}
