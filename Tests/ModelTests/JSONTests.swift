import Model
import Testing

@Suite("JSON")
struct JSONTests {
    @Test(
        "plain values become ordinary JSON",
        arguments: [
            (.null, "null"), (true, "true"), (42, "42"), (.integer(.min), "-9223372036854775808"), (1.0, "1.0"),
            (-0.0, "-0.0"), (0.1, "0.1"), (1e20, "1e+20"), (.number(.leastNonzeroMagnitude), "5e-324"),
            (1e15, "1000000000000000.0"),
            ("a\"\\\n\t\u{1}\u{1f}é😀/", #""a\"\\\n\t\u0001\u001fé😀/""#),
            ([1, .null, "x"], #"[1,null,"x"]"#), (.emptyTable, "{}"), (["$k": ["a": false]], #"{"$k":{"a":false}}"#),
        ] as [(Value, String)])
    func plainEncoding(_ value: Value, _ text: String) throws {
        #expect(try JSON.encode(value) == text)
    }

    @Test(
        "typed values are tagged, and keys with a dollar sign are escaped",
        arguments: [
            (.number(.nan), #"{"$number":"nan"}"#), (.number(-.infinity), #"{"$number":"-inf"}"#),
            (.bytes([0xFF]), #"{"$bytes":"/w=="}"#), (["$bytes": 1, "a$": 2], #"{"$$bytes":1,"a$":2}"#),
            (.map([.init(3, "c"), .init("k", .map([]))]), #"{"$map":[[3,"c"],["k",{"$map":[]}]]}"#),
        ] as [(Value, String)])
    func typedEncoding(_ value: Value, _ text: String) throws {
        #expect(try JSON.encode(value, style: .typed) == text)
    }

    @Test("pretty text is indented by two spaces")
    func prettyEncoding() throws {
        let text = try JSON.encode(["a": [1, ["b": .emptyTable]], "c": "d"], pretty: true)
        #expect(text == "{\n  \"a\": [\n    1,\n    {\n      \"b\": {}\n    }\n  ],\n  \"c\": \"d\"\n}")
        let map = Value.map([.init(3, [1]), .init(true, .map([]))])
        #expect(try JSON.decode(try JSON.encode(map, style: .typed, pretty: true), style: .typed) == map)
    }

    @Test(
        "what plain JSON cannot say is refused with the path to it",
        arguments: [
            (.number(.nan), "cannot write JSON: nan is not a JSON number"),
            (["a": [1, .number(-.infinity)]], "cannot write JSON at a[2]: -inf is not a JSON number"),
            (["a": ["b": .bytes([0xFF])]], "cannot write JSON at a.b: the string is not valid UTF-8"),
            (
                [["m": .map([.init(3, 1)])]],
                "cannot write JSON at [1].m: the table's keys are neither all strings nor exactly 1 to n"
            ),
        ] as [(Value, String)])
    func refusals(_ value: Value, _ message: String) {
        #expect(throws: HostError(.invalidArgument, message)) { try JSON.encode(value) }
    }

    @Test(
        "texts are read as the values they say",
        arguments: [
            (" \t\r\n[ ] ", .emptyTable), ("{}", .emptyTable), ("-0", 0), ("-0.0", -0.0), ("1e2", 100.0),
            ("1E-2", 0.01),
            ("9223372036854775807", .integer(.max)), ("9223372036854775808", 9223372036854775808.0),
            (#""\u0041\u00e9\uD83D\uDE00\/\b\f""#, "Aé😀/\u{8}\u{c}"), (#"{"a":1,"b":2,"a":3}"#, ["a": 3, "b": 2]),
            (#"{"n":null,"l":[null]}"#, ["n": .null, "l": [.null]]), (#"{"$bytes":"AA=="}"#, ["$bytes": "AA=="]),
        ] as [(String, Value)])
    func decoding(_ text: String, _ value: Value) throws {
        #expect(try JSON.decode(text) == value)
    }

    @Test(
        "errors give line, column and what was expected",
        arguments: [
            ("", "line 1, column 1: expected a value, but the text ends"),
            ("[1,\n 2,]", "line 2, column 4: expected a value, found ']'"),
            ("[1 2]", "line 1, column 4: expected ',' or ']', found '2'"),
            ("{\"é\" 1}", "line 1, column 6: expected ':', found '1'"),
            ("{a:1}", "line 1, column 2: expected a key in double quotes, found 'a'"),
            ("{\"a\":1,}", "line 1, column 8: expected a key in double quotes, found '}'"),
            ("nul", "line 1, column 1: expected a value, found 'n'"),
            ("1 1", "line 1, column 3: expected the end of the text, found '1'"),
            ("01", "line 1, column 1: a number must not begin with 0"),
            ("-", "line 1, column 2: expected a digit, but the text ends"),
            ("1.", "line 1, column 3: expected a digit, but the text ends"),
            ("1e999", "line 1, column 1: the number is too large for a 64-bit float"),
            ("\"a", "line 1, column 1: the string has no closing quote"),
            ("\"a\u{1}\"", "line 1, column 3: a control character in a string must be written as an escape"),
            (#""\x""#, #"line 1, column 2: unknown escape: expected one of \" \\ \/ \b \f \n \r \t \u"#),
            (#""\u12g4""#, "line 1, column 6: expected four hexadecimal digits, found 'g'"),
            (#""\uD83D""#, "line 1, column 2: half of a surrogate pair"),
            (#""\uDE00""#, "line 1, column 2: half of a surrogate pair"),
            (#""\uD83D\u0041""#, "line 1, column 2: half of a surrogate pair"),
            ("NaN", "line 1, column 1: expected a value, found 'N'"),
        ])
    func decodingErrors(_ text: String, _ message: String) {
        #expect(throws: HostError(.invalidArgument, "invalid JSON at \(message)")) { try JSON.decode(text) }
    }

    @Test(
        "wrong tags are refused",
        arguments: [
            (#"{"$what":1}"#, #"column 2: unknown tag "$what": expected "$bytes", "$number" or "$map""#),
            (#"{"a":1,"$map":[]}"#, #"column 8: the tag "$map" must stand alone in its object"#),
            (#"{"$map":[],"a":1}"#, "column 11: expected '}', found ','"),
            (#"{"$bytes":"A"}"#, "column 11: expected base64 text"),
            (#"{"$bytes":"AB=="}"#, "column 11: expected base64 text"),
            (#"{"$number":"x"}"#, #"column 12: expected "nan", "inf" or "-inf""#),
            (#"{"$map":[[1]]}"#, "column 12: expected ',', found ']'"),
        ])
    func tagErrors(_ text: String, _ message: String) {
        #expect(throws: HostError(.invalidArgument, "invalid JSON at line 1, \(message)")) {
            try JSON.decode(text, style: .typed)
        }
    }

    @Test("a string of invalid UTF-8 is refused")
    func invalidUTF8() {
        #expect(throws: HostError(.invalidArgument, "invalid JSON at line 1, column 2: the string is not valid UTF-8"))
        {
            try JSON.decode([0x5B, 0x22, 0xFF, 0x22, 0x5D])
        }
    }

    @Test("a hundred levels are read and written, a hundred and one are refused")
    func depth() throws {
        func nested(_ levels: Int) -> Value { (1..<levels).reduce(Value.emptyTable) { value, _ in [value] } }
        func text(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(try JSON.decode(try JSON.encode(nested(100))) == nested(100))
        #expect(try JSON.decode(text(100)) == nested(100))
        #expect(throws: HostError.self) { try JSON.encode(nested(101)) }
        #expect { try JSON.decode(text(101)) } throws: { ($0 as? HostError)?.code == .limitExceeded }
    }

    @Test("texts beyond the size limit are refused both ways")
    func size() {
        let limits = JSON.Limits(bytes: 10)
        #expect { try JSON.encode("123456789", limits: limits) } throws: { ($0 as? HostError)?.code == .limitExceeded }
        #expect { try JSON.decode("\"123456789\"", limits: limits) } throws: {
            ($0 as? HostError)?.code == .limitExceeded
        }
        #expect(throws: Never.self) { try JSON.decode("\"12345678\"", limits: limits) }
    }

    @Test("typed JSON brings every value back", arguments: [UInt64](0..<20))
    func typedRoundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let value = Value.random(&generator, depth: 5, plain: false)
            let pretty = Bool.random(using: &generator)
            let text = try JSON.encode(value, style: .typed, pretty: pretty)
            #expect(try JSON.decode(text, style: .typed) == value)
            // Text for text: `==` on numbers would not see a lost sign of zero, or a float turned integer.
            #expect(try JSON.encode(try JSON.decode(text, style: .typed), style: .typed, pretty: pretty) == text)
        }
    }

    @Test("plain JSON brings every plain value back", arguments: [UInt64](0..<20))
    func plainRoundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let value = Value.random(&generator, depth: 5, plain: true)
            #expect(try JSON.decode(try JSON.encode(value)) == value)
        }
    }

    @Test("mutilated texts are refused or read, never worse", arguments: [UInt64](0..<10))
    func mutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let text = try JSON.encode(.random(&generator, depth: 4, plain: false), style: .typed)
            var bytes = Array(text.utf8)
            let place = Int.random(in: bytes.indices, using: &generator)
            bytes[place] = .random(in: 0...255, using: &generator)
            do {
                let value = try JSON.decode(bytes, style: .typed)
                #expect(throws: Never.self) { try JSON.encode(value, style: .typed) }
            } catch {
                #expect(error.message.hasPrefix("invalid JSON at line "))
            }
        }
    }
}
