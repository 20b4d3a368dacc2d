import Model
import Testing

@Suite("A job type's declaration")
struct JobDeclarationTests {
    private func parse(_ table: Value, hooks: Set<String> = ["run"]) -> Result<JobDeclaration, HostError> {
        JobDeclaration.parse(table: table, hooks: hooks, file: "scripts/jobs/sha256.lua")
    }

    private func problem(_ table: Value, hooks: Set<String> = ["run"]) -> String? {
        guard case .failure(let error) = parse(table, hooks: hooks), error.code == .script else { return nil }
        return error.message
    }

    @Test("an empty table with a run function has the documented defaults")
    func defaults() throws {
        let job = try parse(.emptyTable).get()
        #expect(job.timeout == .seconds(900) && job.progressTimeout == nil && job.cancelTimeout == .seconds(10))
        #expect(job.attempts == 20 && job.backoffBase == .seconds(15) && job.backoffMax == .seconds(3_600))
        #expect(job.concurrency == nil && job.conflictsWith.isEmpty && job.memory == 16 << 20)
        #expect(job.command == nil && job.hooks == ["run"] && !job.hasArgsSchema)
    }

    @Test("a full declaration is read field by field")
    func full() throws {
        let job = try parse(
            [
                "doc": "Hashes.", "args": ["path": ["type": "string", "required": true]], "timeout": 60,
                "progress_timeout": 5, "attempts": 3, "backoff": ["base": 1, "max": 30], "concurrency": 2,
                "conflicts_with": ["scan", "sha256"], "cancel_timeout": 2.5, "memory": "1MB",
                "allow": ["fs": "/srv", "exec": ["sha256sum"], "http": ["example.org"]],
            ], hooks: ["run", "on_cancel", "helper"]
        ).get()
        #expect(job.doc == "Hashes." && job.timeout == .seconds(60) && job.progressTimeout == .seconds(5))
        #expect(job.attempts == 3 && job.backoffBase == .seconds(1) && job.backoffMax == .seconds(30))
        #expect(job.concurrency == 2 && job.conflictsWith == ["scan", "sha256"])
        #expect(job.cancelTimeout == .milliseconds(2_500) && job.memory == 1 << 20)
        #expect(job.allow == Grants(fs: ["/srv"], exec: ["sha256sum"], http: ["example.org"]))
        #expect(job.hasArgsSchema && job.args["path"]?.isRequired == true && job.hooks == ["run", "on_cancel"])
    }

    @Test("one conflict is a list of one, and a limit can be taken away")
    func short() throws {
        let job = try parse(["conflicts_with": "scan", "timeout": false, "progress_timeout": false]).get()
        #expect(job.conflictsWith == ["scan"] && job.timeout == nil && job.progressTimeout == nil)
    }

    @Test("a command is a list, or a table with its surroundings")
    func commands() throws {
        let short = try parse(["command": ["sha256sum", "--", "{path}"]], hooks: []).get().command
        #expect(short == JobCommand(argv: ["sha256sum", "--", "{path}"]))
        let long = try #require(
            try parse(
                [
                    "command": [
                        "argv": ["cat"], "env": ["LANG": "C", "A": "{a}"], "cwd": "/srv/{a}", "stdin": "{{}}{a}",
                        "output_limit": "64KB",
                    ]
                ], hooks: []
            ).get().command)
        #expect(long.argv == ["cat"] && long.folder == "/srv/{a}" && long.stdin == "{{}}{a}")
        #expect(long.environment == [.init("A", "{a}"), .init("LANG", "C")] && long.outputLimit == 64 << 10)
    }

    private static let wrongFields: [(Value, String)] = [
        (["timout": 5] as Value, "timout is not known (did you mean \"timeout\"?)"),
        (["attempts": 0], "attempts is 0; expected a whole number from 1 to 1000"),
        (["timeout": "long"], "timeout is \"long\"; expected a number from 0.01"),
        (["backoff": ["base": 9, "max": 3]], "backoff.base is above max"),
        (["conflicts_with": [1]], "conflicts_with is [1]; expected a list of strings"),
        (["memory": "1KB"], "memory is \"1KB\"; expected 256KB to 4GB"),
        (["allow": ["fs": ["$folder"]]], "allow.fs names \"$folder\", but a job has no config"),
        (["args": ["a b": ["type": "string"]]], "args.a b is not a usable key"),
        (["command": ["ls"]], "command stands beside a function run"),
    ]

    @Test(
        "what is wrong is named, with what would be right",
        arguments: wrongFields)
    func problems(_ table: Value, _ expected: String) {
        #expect(problem(table)?.hasPrefix("scripts/jobs/sha256.lua: \(expected)") == true, "\(problem(table) ?? "")")
    }

    private static let wrongCommands: [(Value, String)] = [
        ("sha256sum x" as Value, "command is \"sha256sum x\"; expected a list"),
        (["argv": .emptyTable], "command.argv names no program"), (["cwd": "/"], "command.argv is missing"),
        (["", "x"], "command names no program"), ([1, 2], "command is [1,2]; expected a list of strings"),
        (["ls", "{"], "command is \"{\", which has a { without a }"),
        (["ls", "a}"], "command is \"a}\", which has a } without a {"),
        (["ls", "{}"], "command is \"{}\", which has {}, which names no argument"),
        (["argv": ["ls"], "env": ["A=B": "x"]], "command.env.A=B cannot be the name"),
        (["argv": ["ls"], "env": ["A": 5]], "command.env.A is 5; expected a string"),
        (["argv": ["ls"], "stdin": "{a"], "command.stdin is \"{a\", which has a { without a }"),
        (["argv": ["ls"], "output_limit": "1GB"], "command.output_limit is \"1GB\"; expected 1KB to 4MB"),
        (["argv": ["ls"], "dir": "x"], "command.dir is not known"),
    ]

    @Test(
        "what is wrong with a command is named",
        arguments: wrongCommands)
    func commandProblems(_ command: Value, _ expected: String) {
        let message = problem(["command": command], hooks: []) ?? ""
        #expect(message.contains(expected), "\(message)")
    }

    @Test("a placeholder must be a declared argument where some are declared")
    func placeholders() {
        let table: Value = ["args": ["path": ["type": "string"]], "command": ["sha256sum", "{pth}"]]
        #expect(
            problem(table, hooks: [])
                == "scripts/jobs/sha256.lua: command has {pth}, but args declares no \"pth\" (did you mean \"path\"?)")
    }

    @Test("a type without run and command, and a mistyped function, are found together")
    func hooks() {
        let message = problem(["attempts": "x"], hooks: ["rum", "on_cancell"]) ?? ""
        for part in [
            "4 problems", "attempts is \"x\"", "function rum is never called (did you mean \"run\"?)",
            "function on_cancell is never called (did you mean \"on_cancel\"?)", "function run is missing",
        ] {
            #expect(message.contains(part), "\(message)")
        }
        #expect(
            problem(["command": ["ls"]], hooks: ["on_cancel"])
                == "scripts/jobs/sha256.lua: function on_cancel is never called for a command: it is told to end by a signal"
        )
    }

    @Test("arguments get their defaults and declared types, or every problem is told")
    func arguments() throws {
        let job = try parse([
            "args": ["path": ["type": "string", "required": true], "size": ["type": "integer", "default": 4]]
        ]).get()
        #expect(try job.checked(["path": "/a", "size": 5.0], of: "t") == ["path": "/a", "size": 5])
        #expect(try job.checked(["path": "/a"], of: "t") == ["path": "/a", "size": 4])
        let error = #expect(throws: HostError.self) { try job.checked(["pth": 1, "size": "x"], of: "t") }
        #expect(
            error?.message
                == "the arguments of 't': pth is not an argument (did you mean \"path\"?); known are path, size; "
                + "path must be set: a string; size is \"x\"; expected a whole number")
        #expect(throws: HostError.self) { try job.checked([1, 2], of: "t") }
        #expect(try parse(.emptyTable).get().checked([1, 2], of: "t") == [1, 2])
    }
}

@Suite("A command filled with arguments")
struct JobCommandTests {
    private func fill(_ part: String, _ args: Value) throws -> String {
        try #require(try JobCommand(argv: ["x", part]).filled(with: args).argv.last)
    }

    private static let filledParts: [(String, Value, String)] = [
        ("--file={a}", "a b; rm -rf / $(x) {b}" as Value, "--file=a b; rm -rf / $(x) {b}"),
        ("{a}", "", ""), ("{a}{a}", 12, "1212"), ("{a}", -9_223_372_036_854_775_807, "-9223372036854775807"),
        ("{a}", true, "true"), ("{{{a}}}", "x", "{x}"), ("{{a}}", "x", "{a}"), ("{a}", "ключ 😀", "ключ 😀"),
        ("{a}", 5.0, "5.0"), ("{a}", 0.1, "0.1"), ("{a}", -0.0, "-0.0"), ("{a}", 1e15, "1e+15"),
        ("{a}", 1e14, "1e+14"), ("{a}", 12345678901234.0, "12345678901234.0"), ("{a}", 1e100, "1e+100"),
        ("{a}", 0.0001, "0.0001"), ("{a}", 0.00001, "1e-05"), ("{a}", 3.14159265358979312, "3.1415926535898"),
        ("{a}", 0.333333333333333315, "0.33333333333333"), ("{a}", 99999999999999.9, "1e+14"),
        ("{a}", 1.5e-300, "1.5e-300"), ("{a}", 123.456, "123.456"),
    ]

    @Test(
        "an argument stands inside its part, as Lua prints it, and is never split again",
        arguments: filledParts)
    func fills(_ part: String, _ value: Value, _ expected: String) throws {
        #expect(try fill(part, ["a": value]) == expected)
    }

    @Test("infinities and NaN are printed as Lua does")
    func odd() throws {
        #expect(try fill("{a}", ["a": .number(.infinity)]) == "inf")
        #expect(try fill("{a}", ["a": .number(-.infinity)]) == "-inf")
        #expect(try fill("{a}", ["a": .number(.nan)]) == "nan")
    }

    private static let refusedArguments: [(Value, String)] = [
        (.emptyTable as Value, "the command needs the argument 'a', which is missing"),
        (["a": .null], "the command needs the argument 'a', which is missing"),
        (["a": ["x": 1]], "the argument 'a' is a table; the command needs a string, a number or a boolean"),
        (["a": .bytes([0xff])], "the argument 'a' is no UTF-8 text, which the command needs"),
        (["a": "x\0y"], "the command's part \"{a}\" would hold a zero byte"),
    ]

    @Test(
        "what has no text is refused, by name",
        arguments: refusedArguments)
    func refuses(_ args: Value, _ message: String) {
        let error = #expect(throws: HostError.self) { try fill("{a}", args) }
        #expect(error?.code == .invalidArgument && error?.message == message)
    }

    @Test("environment, folder and input are filled too; an input may hold anything")
    func surroundings() throws {
        var command = JobCommand(argv: ["{p}"])
        command.environment = [.init("A", "{a}!")]
        command.folder = "/srv/{a}"
        command.stdin = "{a}\0{{"
        let filled = try command.filled(with: ["p": "ls", "a": "x"])
        #expect(filled.argv == ["ls"] && filled.environment == [.init("A", "x!")])
        #expect(filled.folder == "/srv/x" && filled.stdin == "x\0{" && filled.outputLimit == command.outputLimit)
        #expect(throws: HostError.self) { try command.filled(with: ["p": "", "a": "x"]) }
    }
}
