import Testing

/// Every answer after the arrow is the one that Debian's Lua 5.4 gives with its own table library, but for the limit on
/// elements, and for `remove`, whose message there names the wrong argument.
@Suite("Table functions answer as the system's Lua does")
struct TableGuardTests {
    @Test(
        "insert and remove",
        arguments: ExpressionCase.read(
            #"""
            list(function(t) table.insert(t, "x") end, 1, 2) → "{1 2 x}"
            list(function(t) table.insert(t, 1, "x") end, 1, 2) → "{x 1 2}"
            list(function(t) table.insert(t, 3, "x") end, 1, 2) → "{1 2 x}"
            table.insert({1, 2}, 4, "x") → error: case:1: bad argument #2 to 'insert' (position out of bounds)
            table.insert({1, 2}, 0, "x") → error: case:1: bad argument #2 to 'insert' (position out of bounds)
            table.insert({}, 1.5, "x") → error: case:1: bad argument #2 to 'insert' (number has no integer representation)
            table.insert({1, 2}) → error: case:1: wrong number of arguments to 'insert'
            table.insert({1, 2}, 1, 2, 3) → error: case:1: wrong number of arguments to 'insert'
            table.insert(nil, 1) → error: case:1: bad argument #1 to 'insert' (table expected, got nil)
            table.insert(5, 1) → error: case:1: bad argument #1 to 'insert' (table expected, got number)
            table.insert(sized("x"), 1) → error: case:1: object length is not an integer
            table.remove({1, 2, 3}) → 3
            table.remove({1, 2, 3}, 1) → 1
            table.remove({}) → nil
            table.remove({}, 0) → nil
            table.remove({1, 2}, 3) → nil
            table.remove({n = 1}, 1) → nil
            table.remove() → error: case:1: bad argument #1 to 'remove' (table expected, got no value)
            list(function(t) table.remove(t, 1) end, 1, 2, 3) → "{2 3}"
            list(function(t) table.remove(t) end, 1, 2, 3) → "{1 2}"
            table.remove({1, 2}, 4) → error: case:1: bad argument #2 to 'remove' (position out of bounds)
            """#))
    func insertAndRemove(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }

    @Test(
        "move",
        arguments: ExpressionCase.read(
            #"""
            list(function(t) table.move(t, 1, 3, 2) end, 1, 2, 3) → "{1 1 2 3}"
            list(function(t) table.move(t, 2, 3, 1) end, 1, 2, 3) → "{2 3 3}"
            list(function(t) table.move(t, 1, 0, 5) end, 1, 2, 3) → "{1 2 3}"
            table.concat(table.move({1, 2, 3}, 1, 3, 3, {9, 9}), ",") → "9,9,1,2,3"
            table.move({}, 1, math.maxinteger, 2) → error: case:1: bad argument #4 to 'move' (destination wrap around)
            table.move({}, 0, math.maxinteger, 2) → error: case:1: bad argument #3 to 'move' (too many elements to move)
            table.move({}, math.mininteger, 0, 2) → error: case:1: bad argument #3 to 'move' (too many elements to move)
            table.move({}, 1, 2) → error: case:1: bad argument #4 to 'move' (number expected, got no value)
            table.move(nil, 1, 2, 3) → error: case:1: bad argument #1 to 'move' (table expected, got nil)
            table.move({}, 1, 2, 3, 4) → error: case:1: bad argument #5 to 'move' (table expected, got number)
            table.move({1}, math.maxinteger, math.maxinteger, 1)[1] → nil
            """#))
    func move(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }

    @Test(
        "concat and unpack",
        arguments: ExpressionCase.read(
            #"""
            table.concat({}) → ""
            table.concat({1, 2.5, "x"}, "-") → "1-2.5-x"
            table.concat({1, 2, 3}, ",", 2) → "2,3"
            table.concat({1, 2, 3}, ",", 2, 2) → "2"
            table.concat({1, 2, 3}, ",", 3, 2) → ""
            table.concat({1, 2, 3}, ",", 2, 4) → error: case:1: invalid value (nil) at index 4 in table for 'concat'
            table.concat({1, {}, 3}) → error: case:1: invalid value (table) at index 2 in table for 'concat'
            table.concat({[math.maxinteger] = "end"}, " ", math.maxinteger, math.maxinteger) → "end"
            table.concat(setmetatable({}, {__index = function(_, i) return i * i end}), " ", 2, 4) → "4 9 16"
            table.concat({}, {}) → error: case:1: bad argument #2 to 'concat' (string expected, got table)
            table.concat(7) → error: case:1: bad argument #1 to 'concat' (table expected, got number)
            table.unpack({1, 2, 3}) → 1, 2, 3
            table.unpack({1, 2, 3}, 2) → 2, 3
            table.unpack({1, 2, 3}, 2, 4) → 2, 3, nil
            select("#", table.unpack({1, 2}, 3)) → 0
            table.unpack({}, math.maxinteger, math.maxinteger) → nil
            table.unpack({}, 1, 1e7) → error: case:1: too many results to unpack
            table.unpack({}, math.mininteger, math.maxinteger) → error: case:1: too many results to unpack
            table.unpack({}, 1, "x") → error: case:1: bad argument #3 to 'unpack' (number expected, got string)
            select("#", table.unpack({}, 1, 200000)) → 200000
            """#))
    func concatAndUnpack(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }

    @Test(
        "sort",
        arguments: ExpressionCase.read(
            #"""
            list(table.sort, 3, 1, 2) → "{1 2 3}"
            list(table.sort) → "{}"
            list(table.sort, "b", "a", "C", "") → "{ C a b}"
            list(table.sort, 2.5, 1, -1, 2, 2, 2) → "{-1 1 2 2 2 2.5}"
            list(function(t) table.sort(t, function(a, b) return a > b end) end, 3, 1, 2, 5, 4) → "{5 4 3 2 1}"
            list(function(t) table.sort(t, nil) end, 2, 1) → "{1 2}"
            list(function(t) table.sort(t, math.ult) end, 3, -1, 2) → "{2 3 -1}"
            table.sort({1, "x"}) → error: attempt to compare string with number
            table.sort({1, {}, 2}) → error: attempt to compare table with number
            table.sort({3, 1, 2}, 5) → error: case:1: bad argument #2 to 'sort' (function expected, got number)
            table.sort({3, 1, 2}, {}) → error: case:1: bad argument #2 to 'sort' (function expected, got table)
            table.sort(nil) → error: case:1: bad argument #1 to 'sort' (table expected, got nil)
            table.sort({1, 2, 3, 4, 5}, function() return true end) → error: case:1: invalid order function for sorting
            table.sort({1, 2}, function() error("mine", 0) end) → error: mine
            table.sort(sized(math.maxinteger)) → error: case:1: bad argument #1 to 'sort' (array too big)
            """#))
    func sort(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }

    @Test(
        "no call touches more elements than it may",
        arguments: [
            ("table.move({}, 1, 1000000000000000, 2)", "table.move: 1000000000000000"),
            ("table.move({}, 1, 10000001, 2)", "table.move: 10000001"),
            ("table.insert(sized(1 << 50), 1, 2)", "table.insert: 1125899906842625"),
            ("table.remove(sized(1 << 50), 1)", "table.remove: 1125899906842624"),
            ("table.concat(sized(math.maxinteger))", "table.concat: 9223372036854775807"),
            ("table.concat({}, '', 1, 1000000000)", "table.concat: 1000000000"),
        ])
    func bounds(_ expression: String, _ refused: String) throws {
        let message = "error: case:1: \(refused) elements are more than the 10,000,000 that one call may touch"
        #expect(try evaluate(expression) == message)
    }

    @Test(
        "the ends of a huge table are in reach",
        arguments: ExpressionCase.read(
            #"""
            select("#", table.insert(sized(1 << 50), "x")) → 0
            table.remove(sized(1 << 50)) → nil
            table.concat(sized(0), "-", 1 << 50, (1 << 50) - 1) → ""
            table.unpack(sized(1 << 50), 1 << 50) → nil
            """#))
    func ends(_ expected: ExpressionCase) throws {
        #expect(try evaluate(expected.expression) == expected.answer)
    }
}
