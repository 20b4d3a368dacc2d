import Testing

/// Every answer after the arrow is the one that Debian's Lua 5.4 gives with its own string library.
@Suite("Patterns answer as the system's Lua does")
struct PatternTests {
    @Test(
        "find: where a match begins and ends, and what it captured",
        arguments: ExpressionCase.read(
            #"""
            string.find("", "") → 1, 0
            string.find("alo", "") → 1, 0
            string.find("a\0o a\0o a\0o", "a", 1) → 1, 1
            string.find("a\0a\0a\0a\0\0ab", "\0ab", 2) → 9, 11
            string.find("a\0a\0a\0a\0\0ab", "b") → 11, 11
            string.find("abc\0efg", "%\0") → 4, 4
            string.find("aaab", ".*b") → 1, 4
            string.find("aaa", ".-b") → nil
            string.find("alo", "$") → 4, 3
            string.find("a$a", "$", 1, true) → 2, 2
            string.find("a$a", "$a") → 2, 3
            string.find("abc", "^b") → nil
            string.find("abc", "^b", 2) → 2, 2
            string.find("abc", "b", -2) → 2, 2
            string.find("abc", "b", -100) → 2, 2
            string.find("abc", "", 10) → nil
            string.find("abc", "", 4) → 4, 3
            string.find("abc", "", 5) → nil
            string.find("", "", math.maxinteger) → nil
            string.find("abc", "c", math.mininteger) → 3, 3
            string.find("a.b", ".", 1, true) → 2, 2
            string.find("a.b", "%.") → 2, 2
            string.find("a+b", "a+b", 1, true) → 1, 3
            string.find("aaa", "aaaa", 1, true) → nil
            string.find("aXbX", "X", 3, true) → 4, 4
            string.find("hello world", "(o)( )(w)") → 5, 7, "o", " ", "w"
            string.find("key = value", "()(%w+)%s*=%s*()(%w+)") → 1, 11, 1, "key", 7, "value"
            string.find(12345, 34) → 3, 4
            string.find("ab]c", "[]]") → 3, 3
            string.find("a-c", "[a-]", 2) → 2, 2
            string.find("x^y", "[x^]", 2) → 2, 2
            string.find("%", "[%%]") → 1, 1
            string.find("z]", "[%]]") → 2, 2
            string.find("abc", "[^a-b]") → 3, 3
            string.find("abc", "[c-a]") → nil
            string.find("a-z", "[%a-z]", 2) → 2, 2
            string.find("]", "[a-%%]") → 1, 1
            ("x=1"):find("=", 1, "truthy") → 2, 2
            """#))
    func find(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }

    @Test(
        "match: captures, positions, anchors, repetitions",
        arguments: ExpressionCase.read(
            #"""
            string.match("aaab", ".*b") → "aaab"
            string.match("aaa", ".*a") → "aaa"
            string.match("aaab", "^.-b$") → "aaab"
            string.match("  trim me  ", "^%s*(.-)%s*$") → "trim me"
            string.match("2026-11-24", "^(%d+)-(%d+)-(%d+)$") → "2026", "11", "24"
            string.match("abc", "()b()") → 2, 3
            string.match("abc", "((a)(b)(c))") → "abc", "a", "b", "c"
            string.match("abc", "()", 4) → 4
            string.match("aaaaa", "a-", 2) → ""
            string.match("aaab", "a?a?a?a?b") → "aaab"
            string.match("colour color", "colou?r", 5) → "color"
            string.match("ab", "a*b+c?") → "ab"
            string.match("0123456789", "(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)") → "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"
            string.match("=[[x]]", "=(%[%[)(.-)%]%]") → "[[", "x"
            string.match("x]]", "[^]]+") → "x"
            string.match("alo xyzK", "(%w+)K") → "xyz"
            string.match("254 K", "(%d*)K") → ""
            string.match("alo ", "(%w*)$") → ""
            string.match("äö", "[\xc3][\xa4]") → "\xc3\xa4"
            string.match("0x1F zz", "%x+", 3) → "1F"
            string.match("\t\n\v\f\r x", "^%s+") → "\9\10\11\12\13 "
            string.match("aZ9_!", "%w+") → "aZ9"
            string.match("aZ9_!", "%W+") → "_!"
            string.match("a\1\2b", "%c+") → "\1\2"
            string.match("!?.a", "%p+") → "!?."
            string.match("abC", "%u") → "C"
            string.match("abC", "%l*") → "ab"
            string.match("a b", "%g+ %g") → "a b"
            string.match("a\0b", "%z") → "\0"
            string.match("\xff\xfe", "%A+") → "\xff\xfe"
            string.match("a$b", "$b") → "$b"
            string.match("a^b", "a^b") → "a^b"
            string.match("**", "*") → "*"
            string.match("a*", "a%*") → "a*"
            string.match("abab", "(ab)%1") → "ab"
            string.match("abac", "(ab)%1") → nil
            string.match("'it''s'", "(['\"])(.-)%1$") → "'", "it''s"
            string.match("xx", "()%1") → nil
            string.match(123.5, "%d+%.(%d)") → "5"
            string.match("abc", "b", 2.0) → "b"
            string.match("abc", "%f[%a]%a+") → "abc"
            string.match("THE (quick) fox", "%f[%a]%a+%f[%A]", 2) → "quick"
            string.match("abc", "%f[%z]") → ""
            string.match("[[]]", "%f[%[].-%f[^%]]") → "[[]]"
            string.match("f(a(b)c)d)", "%b()") → "(a(b)c)"
            string.match("((a)", "%b()") → "(a)"
            string.match("xx yy", "%bxx") → "xx"
            string.match("begin end", "%bbd") → "begin end"
            string.match("alo", "%b\0x") → nil
            """#))
    func match(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }

    @Test(
        "gmatch: iteration, empty matches, init",
        arguments: ExpressionCase.read(
            #"""
            each(string.gmatch("one two", "%a+")) → "[one two]"
            each(string.gmatch("abc", "")) → "[   ]"
            each(string.gmatch("abc", "()")) → "[1 2 3 4]"
            each(string.gmatch("aab", "a*")) → "[aa ]"
            each(string.gmatch("k=v, x=y", "(%w+)=(%w+)")) → "[k:v x:y]"
            each(string.gmatch("^a^b", "^%a")) → "[^a ^b]"
            each(string.gmatch("abc", "^a")) → "[]"
            each(string.gmatch("xuxx uu ppar r", "()(.)%2")) → "[3:x 6:u 9:p]"
            each(string.gmatch("13 14 10 = 11, 15= 16", "(%d+)%s*=%s*(%d+)")) → "[10:11 15:16]"
            each(string.gmatch("abcde", "%w", 3)) → "[c d e]"
            each(string.gmatch("abcde", "%w", -2)) → "[d e]"
            each(string.gmatch("abcde", "%w", 6)) → "[]"
            each(string.gmatch("abcde", "", 6)) → "[]"
            each(string.gmatch("abcde", "", 7)) → "[]"
            each(string.gmatch("abcde", ".", math.mininteger)) → "[a b c d e]"
            each(string.gmatch(1234, 23)) → "[23]"
            each(string.gmatch("aaa", "a-")) → "[   ]"
            each(string.gmatch("a,b,,c", "([^,]*)")) → "[a b  c]"
            """#))
    func gmatch(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }

    @Test(
        "gsub: strings, tables, functions, counts",
        arguments: ExpressionCase.read(
            #"""
            string.gsub("hello", "", "-") → "-h-e-l-l-o-", 6
            string.gsub("hello", "l", "L") → "heLLo", 2
            string.gsub("hello", "l", "L", 1) → "heLlo", 1
            string.gsub("hello", "l", "L", 0) → "hello", 0
            string.gsub("hello", "l", "L", -1) → "hello", 0
            string.gsub("hello", "l", "L", math.maxinteger) → "heLLo", 2
            string.gsub("hello", "^h", "J") → "Jello", 1
            string.gsub("hhh", "^h", "J") → "Jhh", 1
            string.gsub("abc", "%w", "%0%0") → "aabbcc", 3
            string.gsub("abc", "(a)(b)", "%2%1") → "bac", 1
            string.gsub("abc", "b", "%1") → "abc", 1
            string.gsub("abc", "b", "%%") → "a%c", 1
            string.gsub("abc", "()", "%1") → "1a2b3c4", 4
            string.gsub("abc", "b*", "x") → "xaxcx", 3
            string.gsub("abc d", "%s*$", "") → "abc d", 1
            string.gsub("$name is $age", "%$(%w+)", {name = "Ada", age = 36}) → "Ada is 36", 2
            string.gsub("$name is $age", "%$(%w+)", {name = false}) → "$name is $age", 2
            string.gsub("abc", "%w", {a = 1, b = 2.5}) → "12.5c", 3
            string.gsub("abc", "()", {"x", "y"}) → "xaybc", 4
            string.gsub("abc", "%w", function(c) return c:upper() end) → "ABC", 3
            string.gsub("abc", "%w", function(c) if c == "b" then return false end return nil end) → "abc", 3
            string.gsub("abc", "(%w)(%w)", function(a, b) return b .. a end) → "bac", 1
            string.gsub("abc", "()%w", function(p) return p end) → "123", 3
            string.gsub("a b", "%w+", setmetatable({}, {__index = function(_, k) return k .. k end})) → "aa bb", 2
            string.gsub("abc", "b", 5) → "a5c", 1
            string.gsub(121, "1", 3) → "323", 2
            string.gsub("a\0b", "\0", "%0%0") → "a\0\0b", 1
            string.gsub("um (dois) tres (quatro)", "(%(%w+%))", string.upper) → "um (DOIS) tres (QUATRO)", 2
            string.gsub("", "^", "r") → "r", 1
            string.gsub("", "$", "r") → "r", 1
            string.gsub("abç d", "(.)", "%1@", 3) → "a@b@\xc3@\xa7 d", 3
            string.gsub("first second word", "%w+", "%0 %0", 1) → "first first second word", 1
            string.gsub("a.b-c", "%p", "%%%0") → "a%.b%-c", 2
            string.gsub(("x"):rep(5000), "x", "yy"):len() → 10000
            string.gsub("abc", "%w", "%0", "2") → "abc", 2
            """#))
    func gsub(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }

    @Test(
        "errors: what is wrong with a pattern, a replacement or an argument",
        arguments: ExpressionCase.read(
            #"""
            string.find("a", "[a") → error: case:1: malformed pattern (missing ']')
            string.find("a", "[]") → error: case:1: malformed pattern (missing ']')
            string.find("a", "[^]") → error: case:1: malformed pattern (missing ']')
            string.find("a", "[a%]") → error: case:1: malformed pattern (missing ']')
            string.find("a", "[a%") → error: case:1: malformed pattern (missing ']')
            string.find("a", "%") → error: case:1: malformed pattern (ends with '%')
            string.find("a", "a%") → error: case:1: malformed pattern (ends with '%')
            string.find("b", "a%") → nil
            string.find("a", "%b") → error: case:1: malformed pattern (missing arguments to '%b')
            string.find("a", "%ba") → error: case:1: malformed pattern (missing arguments to '%b')
            string.find("a", "%f") → error: case:1: missing '[' after '%f' in pattern
            string.find("a", "%fa") → error: case:1: missing '[' after '%f' in pattern
            string.find("a", "(a") → error: case:1: unfinished capture
            string.find("a", "a)") → nil
            string.find("a", "(") → error: case:1: unfinished capture
            string.find("a", ")") → nil
            string.find("a", "(()") → error: case:1: unfinished capture
            string.find("a", "%1") → error: case:1: invalid capture index %1
            string.find("a", "(a%1)") → error: case:1: invalid capture index %1
            string.find("a", "(a)%2") → error: case:1: invalid capture index %2
            string.find("a", "%0") → error: case:1: invalid capture index %0
            string.find("aaa", "(.)%0") → error: case:1: invalid capture index %0
            string.match("a", ("(a?)"):rep(33)) → error: case:1: too many captures
            string.match("", ("()"):rep(33)) → error: case:1: too many captures
            string.match("a", ("a?"):rep(201)) → "a"
            string.match(("a"):rep(300), ("a?"):rep(300)) → error: case:1: pattern too complex
            string.match(("a"):rep(300), ("a"):rep(300)):len() → 300
            string.match(("a"):rep(3000), ".-b") → nil
            string.match(("a"):rep(300000) .. "b", ".-b"):len() → 300001
            string.match("x", ("("):rep(32) .. "x" .. (")"):rep(32)) == "x" → true
            string.gsub("abc", "b", "%2") → error: case:1: invalid capture index %2
            string.gsub("abc", "(b)", "%2") → error: case:1: invalid capture index %2
            string.gsub("abc", "b", "%x") → error: case:1: invalid use of '%' in replacement string
            string.gsub("abc", "b", "%") → error: case:1: invalid use of '%' in replacement string
            string.gsub("abc", "z", "%x") → "abc", 0
            string.gsub("abc", "(b", "x") → "axc", 1
            string.gsub("abc", "(b", "%1") → error: case:1: unfinished capture
            string.gsub("abc", "%w", {a = {}}) → error: case:1: invalid replacement value (a table)
            string.gsub("abc", "%w", function() return {} end) → error: case:1: invalid replacement value (a table)
            string.gsub("abc", "%w", function() return true end) → error: case:1: invalid replacement value (a boolean)
            string.gsub("abc", "%w", function() error("mine", 0) end) → error: mine
            ("a"):gsub("a") → error: case:1: bad argument #2 to 'gsub' (string/function/table expected, got no value)
            ("a"):gsub("a", nil) → error: case:1: bad argument #2 to 'gsub' (string/function/table expected, got nil)
            ("a"):gsub("a", true) → error: case:1: bad argument #2 to 'gsub' (string/function/table expected, got boolean)
            string.gsub("abc", "%w", "x", "y") → error: case:1: bad argument #4 to 'gsub' (number expected, got string)
            ("a"):gsub("a", "x", 1.5) → error: case:1: bad argument #3 to 'gsub' (number has no integer representation)
            string.gsub("abc") → error: case:1: bad argument #2 to 'gsub' (string expected, got no value)
            string.find(nil, "a") → error: case:1: bad argument #1 to 'find' (string expected, got nil)
            string.find() → error: case:1: bad argument #1 to 'find' (string expected, got no value)
            string.find("a") → error: case:1: bad argument #2 to 'find' (string expected, got no value)
            string.find("a", {}) → error: case:1: bad argument #2 to 'find' (string expected, got table)
            string.find("a", "a", "x") → error: case:1: bad argument #3 to 'find' (number expected, got string)
            string.find("a", "a", 1.5) → error: case:1: bad argument #3 to 'find' (number has no integer representation)
            ("a"):find() → error: case:1: bad argument #1 to 'find' (string expected, got no value)
            ("a"):match(nil) → error: case:1: bad argument #1 to 'match' (string expected, got nil)
            string.match(true, "a") → error: case:1: bad argument #1 to 'match' (string expected, got boolean)
            string.gmatch("a") → error: case:1: bad argument #2 to 'gmatch' (string expected, got no value)
            string.gmatch(nil, "a") → error: case:1: bad argument #1 to 'gmatch' (string expected, got nil)
            string.gmatch("a", "a", {}) → error: case:1: bad argument #3 to 'gmatch' (number expected, got table)
            each(string.gmatch("a", "(a")) → error: case:1: unfinished capture
            each(string.gmatch("a", "%")) → error: case:1: malformed pattern (ends with '%')
            string.dump → nil
            """#))
    func errors(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }

    @Test(
        "rep: never more than was asked, never too large",
        arguments: ExpressionCase.read(
            #"""
            string.rep("ab", 3) → "ababab"
            string.rep("ab", 3, ", ") → "ab, ab, ab"
            string.rep("ab", 1, ", ") → "ab"
            string.rep("ab", 0, ", ") → ""
            string.rep("ab", -1) → ""
            string.rep("ab", math.mininteger) → ""
            string.rep("", 1000) → ""
            string.rep("", 3, "-") → "--"
            string.rep(12, 2, 0) → "12012"
            string.rep("x", math.maxinteger) → error: case:1: resulting string too large
            string.rep("x", 1 << 31) → error: case:1: resulting string too large
            string.rep("ab", 1 << 30) → error: case:1: resulting string too large
            string.rep("", 1 << 40, "x") → error: case:1: resulting string too large
            string.rep() → error: case:1: bad argument #1 to 'rep' (string expected, got no value)
            string.rep("x") → error: case:1: bad argument #2 to 'rep' (number expected, got no value)
            string.rep("x", 1.5) → error: case:1: bad argument #2 to 'rep' (number has no integer representation)
            string.rep("x", "3") → "xxx"
            string.rep("x", 2, {}) → error: case:1: bad argument #3 to 'rep' (string expected, got table)
            ("abc"):rep(700000, "de"):len() → 3499998
            ("abc"):rep(700000, "de"):sub(-8) → "abcdeabc"
            """#))
    func rep(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }
}
