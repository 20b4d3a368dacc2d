import Model
import Testing

@Suite("Config against its schema")
struct ConfigSchemaTests {
    private let schema = ConfigSchema([
        ConfigKey("folder", .string, default: "/srv", minimum: 1, maximum: 10),
        ConfigKey("batch", .integer, default: 100, minimum: 1, maximum: 1000),
        ConfigKey("ratio", .number, minimum: 0), ConfigKey("dry", .boolean, default: false),
        ConfigKey("names", .list, maximum: 2), ConfigKey("extra", .table),
        ConfigKey("mode", .string, oneOf: ["fast", "safe"]), ConfigKey("token", .string, minimum: 8, isSecret: true),
    ])

    @Test("defaults stand in for what was not set, in order of the keys")
    func defaults() {
        let merged = schema.validate(set: [.init("batch", 7), .init("ratio", 0.5)])
        let expected: [Value.Field] = [
            .init("batch", 7), .init("dry", false), .init("folder", "/srv"), .init("ratio", 0.5),
        ]
        #expect(merged == .success(expected))
    }

    @Test(
        "values are taken in the declared type",
        arguments: [
            ("batch", 5.0, 5), ("ratio", 2, 2), ("ratio", 2.5, 2.5), ("names", .emptyTable, .emptyTable),
            ("names", ["a", 1], ["a", 1]),
            ("extra", ["a"], ["a"]), ("extra", ["k": 1], ["k": 1]), ("mode", "safe", "safe"),
            ("folder", "0123456789", "0123456789"),
        ] as [(String, Value, Value)])
    func accepted(_ key: String, _ value: Value, _ result: Value) throws {
        #expect(try schema.validate(set: [.init(key, value)]).get().contains(.init(key, result)))
    }

    @Test(
        "each bad value is named with what would be right",
        arguments: [
            ("batch", "7", #"batch is "7"; expected a whole number from 1 to 1000"#),
            ("batch", 0, "batch is 0; expected a whole number from 1 to 1000"),
            ("batch", 1.5, "batch is 1.5; expected a whole number from 1 to 1000"),
            ("ratio", -0.1, "ratio is -0.1; expected a number of at least 0"),
            ("ratio", .number(.nan), #"ratio is {"$number":"nan"}; expected a number of at least 0"#),
            ("dry", 1, "dry is 1; expected true or false"),
            ("folder", "", #"folder is ""; expected a string from 1 to 10 characters"#),
            ("folder", 5, "folder is 5; expected a string from 1 to 10 characters"),
            ("names", ["a", "b", "c"], #"names is ["a","b","c"]; expected a list of at most 2 entries"#),
            ("names", ["k": 1], #"names is {"k":1}; expected a list of at most 2 entries"#),
            ("extra", "x", #"extra is "x"; expected a table"#),
            ("mode", "fats", #"mode is "fats"; expected one of "fast", "safe""#),
            ("token", "hunter2", "token is (secret); expected a string of at least 8 characters"),
            (
                "bacth", 1,
                #"bacth is not a config key (did you mean "batch"?); known are batch, dry, extra, folder, mode, names, ratio, token"#
            ),
        ] as [(String, Value, String)])
    func refused(_ key: String, _ value: Value, _ message: String) {
        #expect(schema.validate(set: [.init(key, value)]) == .failure(.init(list: [.init(key: key, message: message)])))
    }

    @Test("all problems are found at once")
    func allProblems() {
        let schema = ConfigSchema([ConfigKey("a", .integer), ConfigKey("b", .string, isRequired: true)])
        let result = schema.validate(set: [.init("a", "x"), .init("zebra", 1)])
        guard case .failure(let problems) = result else {
            Issue.record("accepted \(result)")
            return
        }
        #expect(problems.list.map(\.key) == ["zebra", "a", "b"])
        #expect(problems.hostError.message.hasSuffix("b must be set: a string"))
        #expect(
            ConfigSchema().validate(set: [.init("a", 1)])
                == .failure(
                    .init(list: [.init(key: "a", message: "a is not a config key; there is none")])))
    }

    @Test(
        "KEY=VALUE is read by the declared type",
        arguments: [
            ("batch=7", .init("batch", 7)), ("folder=a=b", .init("folder", "a=b")), ("folder=7", .init("folder", "7")),
            ("ratio=1e-3", .init("ratio", 0.001)),
            ("ratio=2", .init("ratio", 2)), ("dry=Yes", .init("dry", true)), ("dry=0", .init("dry", false)),
            ("names=[\"a\"]", .init("names", ["a"])),
            ("extra={\"k\":[1]}", .init("extra", ["k": [1]])),
        ] as [(String, Value.Field)])
    func assignments(_ text: String, _ field: Value.Field) throws {
        #expect(try schema.parse(assignment: text) == field)
    }

    @Test(
        "a bad KEY=VALUE is refused in a sentence",
        arguments: [
            ("batch", "\"batch\" is not of the form KEY=VALUE"), ("=5", "\"=5\" is not of the form KEY=VALUE"),
            ("batch=x", #"batch is "x"; expected a whole number from 1 to 1000"#),
            ("ratio=nan", #"ratio is "nan"; expected a number of at least 0"#),
            ("names=[", #"names is "["; expected a list of at most 2 entries"#),
            ("token=abc", "token is (secret); expected a string of at least 8 characters"),
            (
                "flder=/x",
                #"flder is not a config key (did you mean "folder"?); known are batch, dry, extra, folder, mode, names, ratio, token"#
            ),
        ])
    func badAssignments(_ text: String, _ message: String) {
        #expect(throws: HostError(.invalidArgument, message)) { try schema.parse(assignment: text) }
    }
}
