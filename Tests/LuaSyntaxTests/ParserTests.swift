import Testing

@testable import LuaSyntax

@Suite struct ParserTests {
    private func parse(_ source: String) throws -> Block { try Parser.parse(Array(source.utf8)) }

    private func fault(_ source: String) -> String {
        do throws(SyntaxError) {
            _ = try Parser.parse(Array(source.utf8))
            return "accepted"
        } catch {
            return "\(error.position.line):\(error.position.column): \(error.message)"
        }
    }

    @Test(
        "every construct of Lua 5.4 is accepted",
        arguments: [
            "", ";;;", "return", "return;", "return 1, 2", "local a", "local a, b = 1", "local x <const> = 1",
            "local f <close> = nil", "a = 1", "a.b, c[1] = 1, 2", "f()", "f'x'", "f\"x\"", "f[[x]]", "f{}", "a:b()",
            "a.b:c{}'x'()", "(a or b)()", "do end", "while a do break end", "repeat local x until x",
            "if a then elseif b then else end", "for i = 1, 2 do end", "for i = 1, 2, 3 do end",
            "for k, v in pairs(t) do end", "function f() end", "function a.b.c:d(...) return ... end",
            "local function f(a, b, ...) end", "goto x ::x::", "::a:: ::b::", "local t = {1, 2; a = 3, [4] = 5,}",
            "local x = 1 // 2 ~ 3 & 4 | 5 << 6 >> 7", "local x = -2 ^ -3 ^ 4", "local x = not a == b",
            "local x = #a .. ~b .. -c", "local x = a < b and c >= d or e ~= f", "local s = [==[ ]] ]=] ]==]",
            "--[==[ ]] \n ]==] a = 1", "-- a comment at the end",
            "local x = 0xA.8p-1 + 3. + .5 + 1e+10 + 0xffffffffffffffff",
            "local s = '\\x41\\65\\z  \n \\u{48}\\\n\\'\\\"'", "a = function() end", "local a <const>, b <close> = 1",
            "break_me = 1", "x = ('s'):rep(3)",
        ])
    func accepts(source: String) throws {
        _ = try parse(source)
    }

    @Test(
        "a fault is told with its place, in Lua's own words",
        arguments: [
            ("x =", "1:4: unexpected symbol near <eof>"),
            ("x = = 1", "1:5: unexpected symbol near '='"),
            ("local 1", "1:7: <name> expected near '1'"),
            ("if a then\nb()", "2:4: 'end' expected (to close 'if' at line 1) near <eof>"),
            ("if a then b()", "1:14: 'end' expected near <eof>"),
            ("f(\n1", "2:2: ')' expected (to close '(' at line 1) near <eof>"),
            ("t = {1,\n2", "2:2: '}' expected (to close '{' at line 1) near <eof>"),
            ("repeat\nx()\nend", "3:1: 'until' expected (to close 'repeat' at line 1) near 'end'"),
            ("a.b", "1:4: syntax error near <eof>"),
            ("f() = 1", "1:5: syntax error near '='"),
            ("(a) = 1", "1:5: syntax error near '='"),
            ("end", "1:1: <eof> expected near 'end'"),
            ("return 1 x = 2", "1:10: <eof> expected near 'x'"),
            ("x = 'abc", "1:5: unfinished string near <eof>"),
            ("x = 'abc\n'", "1:5: unfinished string near ''abc'"),
            ("x = [[abc", "1:5: unfinished long string (starting at line 1) near <eof>"),
            ("\n--[[abc", "2:1: unfinished long comment (starting at line 2) near <eof>"),
            ("x = '\\q'", "1:6: invalid escape sequence"),
            ("x = '\\300'", "1:6: decimal escape too large"),
            ("x = '\\xg1'", "1:6: hexadecimal digit expected"),
            ("x = '\\u{80000000}'", "1:6: UTF-8 value too large"),
            ("x = '\\u41'", "1:6: missing '{' in \\u{xxxx}"),
            ("x = 3x", "1:5: malformed number near '3x'"),
            ("x = 0x", "1:5: malformed number near '0x'"),
            ("x = 1e", "1:5: malformed number near '1e'"),
            ("x = 1..2", "1:5: malformed number near '1..2'"),
            ("x = a $ b", "1:7: unexpected symbol near '$'"),
            ("#!/bin/lua", "1:1: unexpected symbol near '#'"),
            ("local x <lost> = 1", "1:10: unknown attribute 'lost'"),
            ("function f() return ... end", "1:21: cannot use '...' outside a vararg function near '...'"),
            ("for i do end", "1:7: '=' or 'in' expected near 'do'"),
            ("for i, j do end", "1:10: 'in' expected near 'do'"),
            ("function f(1) end", "1:12: <name> or '...' expected near '1'"),
            ("do return 1 x() end", "1:13: 'end' expected near 'x'"),
            ("a:b", "1:4: function arguments expected near <eof>"),
            ("\r\nx = \r\n\r\n=", "4:1: unexpected symbol near '='"),
        ])
    func refuses(source: String, expected: String) {
        #expect(fault(source) == expected)
    }

    @Test("a string's escapes become bytes")
    func escapes() throws {
        let block = try parse(#"return '\a\65\x42\z   C\u{20AC}\u{7FFFFFFF}\0'"#)
        guard case .return(let values)? = block.statements.first?.kind, case .string(let bytes)? = values.first?.kind
        else {
            Issue.record("not a returned string")
            return
        }
        #expect(bytes == [7, 65, 66, 67, 0xE2, 0x82, 0xAC, 0xFD, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF, 0])
    }

    @Test(
        "numerals become the integer or float that Lua makes of them",
        arguments: [
            ("3", "3"), ("3.0", "3.0"), ("3.", "3.0"), (".5", "0.5"), ("1e2", "100.0"), ("0x10", "16"),
            ("0xffffffffffffffff", "-1"), ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", "9.223372036854776e+18"), ("0x.8", "0.5"), ("0xA.8p1", "21.0"), ("0x1p-1", "0.5"),
            ("1e999", "inf"), ("0x1p99999999999999999999", "inf"), ("3e-2", "0.03"),
        ])
    func numerals(source: String, expected: String) throws {
        let block = try parse("return \(source)")
        guard case .return(let values)? = block.statements.first?.kind else {
            Issue.record("not a return statement")
            return
        }
        switch values.first?.kind {
        case .integer(let integer): #expect("\(integer)" == expected)
        case .number(let number): #expect("\(number)" == expected)
        default: Issue.record("not a numeral")
        }
    }

    @Test(
        "nesting is bounded, chains are not",
        arguments: [
            ("return " + String(repeating: "(", count: 150) + "1" + String(repeating: ")", count: 150), true),
            ("return " + String(repeating: "(", count: 100_000) + "1", false),
            (String(repeating: "do ", count: 100_000), false),
            ("return " + String(repeating: "{", count: 100_000), false),
            ("return " + String(repeating: "- ", count: 100_000) + "1", false),
            ("return " + String(repeating: "function() return ", count: 100_000), false),
            ("return 1" + String(repeating: " + 1", count: 100_000), true),
            ("return a" + String(repeating: ".b", count: 100_000), true),
            ("f" + String(repeating: "()", count: 100_000), true),
            ("return " + String(repeating: "2 ^ ", count: 100_000) + "1", false),
            ("if a then" + String(repeating: " elseif b then", count: 100_000) + " end", true),
        ])
    func depth(source: String, isAccepted: Bool) {
        let outcome = fault(source)
        #expect(isAccepted ? outcome == "accepted" : outcome.contains("nested too deeply"))
    }
}
