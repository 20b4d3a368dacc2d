import LuaRuntime
import Model
import Platform
import Testing

/// A Lua expression and what it answers: its values as Lua writes them, or the error that it raises.
struct ExpressionCase: Sendable, CustomTestStringConvertible {
    let expression: String
    let answer: String

    var testDescription: String { expression }

    /// One case a line: the expression, an arrow, the answer.
    static func read(_ table: String) -> [ExpressionCase] {
        table.split(separator: "\n").map { line in
            let parts = line.split(separator: " → ", maxSplits: 1)
            return ExpressionCase(expression: String(parts[0]), answer: String(parts[1]))
        }
    }
}

/// What a Lua expression answers in a fresh state. For expressions there are `each(iterator)`, which lists what a loop
/// over it meets; `list(change, ...)`, a table's elements after a change; and `sized(n)`, a table that claims n elements.
func evaluate(_ expression: String) throws -> String {
    // One line, so that every error says `case:1:`.
    let chunk = #"""
        local function shown(v) if type(v) ~= "string" then return tostring(v) end \#
        local o = {} for i = 1, #v do local b = v:byte(i) \#
        o[i] = b < 32 and "\\" .. b or b > 126 and ("\\x%02x"):format(b) or string.char(b) end \#
        return '"' .. table.concat(o) .. '"' end \#
        local function all(...) return {n = select("#", ...), ...} end \#
        local function each(...) local o = {} for a, b, c in ... do \#
        o[#o + 1] = table.concat({tostring(a), b and tostring(b), c and tostring(c)}, ":") end \#
        return "[" .. table.concat(o, " ") .. "]" end \#
        local function list(change, ...) local t = {...} change(t) return "{" .. table.concat(t, " ") .. "}" end \#
        local function sized(n) return setmetatable({}, {__len = function() return n end}) end \#
        local function run() local ok, r = pcall(function() local r = all(\#(expression)) return r end) \#
        if not ok then return "error: " .. tostring(r) end \#
        for i = 1, r.n do r[i] = shown(r[i]) end return table.concat(r, ", ") end return { run = run }
        """#
    let outcome = try runToEnd(chunk)
    if case .failed(let failure) = outcome { throw failure }
    guard case .finished(let values) = outcome, case .string(let answer)? = values.first else {
        throw Unanswered(expression: expression)
    }
    return answer
}

/// What came of the function `run` in the table that a chunk returns, in a fresh state with a heap of 64 MB.
func runToEnd(_ chunk: String, timeout: Duration = .zero) throws -> LuaOutcome {
    let state = try LuaState(limits: LuaLimits(memoryHard: 64 << 20), clock: SystemClock())
    state.setTimeout(timeout)
    if case .failed(let failure) = state.load(source: Array(chunk.utf8), chunkName: "=case") { throw failure }
    var outcome = state.call("run")
    while case .preempted = outcome { outcome = state.resume(nil) }
    return outcome
}

/// An expression that waited for the host, or answered with what is no text.
private struct Unanswered: Error {
    let expression: String
}
