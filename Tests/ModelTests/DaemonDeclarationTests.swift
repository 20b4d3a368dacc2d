import Model
import Testing

@Suite("A script's declaration")
struct DaemonDeclarationTests {
    private func parse(_ table: Value, hooks: Set<String> = ["run_step"]) -> Result<DaemonDeclaration, HostError> {
        DaemonDeclaration.parse(table: table, hooks: hooks, file: "scripts/inbox.lua")
    }

    private func problem(_ table: Value, hooks: Set<String> = ["run_step"]) -> String? {
        guard case .failure(let error) = parse(table, hooks: hooks), error.code == .script else { return nil }
        return error.message
    }

    @Test("a full declaration is read field by field")
    func full() throws {
        let declaration = try parse(
            [
                "doc": "Hashes files.", "every": 5, "enabled": false, "state_version": 3, "swap": "manual",
                "critical": true,
                "config": [
                    "folder": ["type": "string", "default": "/srv", "doc": "Folder to watch"],
                    "batch": ["type": "integer", "default": 100.0, "min": 1, "max": 1000],
                    "mode": ["type": "string", "one_of": ["fast", "safe"], "required": true, "secret": true],
                ],
                "allow": ["fs": ["$folder/in", "/tmp"], "exec": "sha256sum"], "state": ["seen": .emptyTable],
                "policy": [
                    "max_errors": 7, "backoff": ["base": 0.5, "max": 30], "start_timeout": 1, "step_timeout": 2,
                    "stop_timeout": 3,
                    "stop_hook_timeout": 2.5, "session_timeout": 1.5, "probe_interval": 60, "memory": "512KB",
                    "log_rate": 5,
                    "log_burst": 50,
                ],
            ], hooks: ["run_step", "on_stop", "helper"]
        ).get()
        #expect(declaration.doc == "Hashes files.")
        #expect(declaration.every == .seconds(5))
        #expect(
            !declaration.enabled && declaration.isCritical && declaration.swap == .manual
                && declaration.stateVersion == 3)
        #expect(
            declaration.config.keys == [
                ConfigKey("batch", .integer, default: 100, minimum: 1, maximum: 1000),
                ConfigKey("folder", .string, default: "/srv", doc: "Folder to watch"),
                ConfigKey("mode", .string, oneOf: ["fast", "safe"], isRequired: true, isSecret: true),
            ])
        #expect(declaration.allow == Grants(fs: ["$folder/in", "/tmp"], exec: ["sha256sum"]))
        #expect(declaration.initialState == ["seen": .emptyTable])
        #expect(declaration.hooks == ["run_step", "on_stop"])
        var policy = Policy()
        policy.maxErrors = 7
        policy.backoffBase = .milliseconds(500)
        policy.backoffMax = .seconds(30)
        policy.startTimeout = .seconds(1)
        policy.stepTimeout = .seconds(2)
        policy.stopTimeout = .seconds(3)
        policy.stopHookTimeout = .milliseconds(2_500)
        policy.sessionTimeout = .milliseconds(1_500)
        policy.probeInterval = .seconds(60)
        policy.memory = 512 << 10
        policy.logRate = 5
        policy.logBurst = 50
        #expect(declaration.policy == policy)
    }

    @Test("an empty table with run_step has every default")
    func defaults() throws {
        #expect(try parse(.emptyTable).get() == DaemonDeclaration(hooks: ["run_step"]))
    }

    @Test("a cron line is an interval, and defaults follow a lone bound")
    func adjusted() throws {
        #expect(try parse(["every": "*/5 * * * *"]).get().every == .cron(try CronExpression("*/5 * * * *")))
        #expect(try parse(["policy": ["stop_timeout": 1]]).get().policy.stopHookTimeout == .seconds(1))
        #expect(try parse(["policy": ["backoff": ["base": 120]]]).get().policy.backoffMax == .seconds(120))
        #expect(try parse(["policy": ["backoff": ["max": 0.5]]]).get().policy.backoffBase == .milliseconds(500))
        #expect(try parse(["policy": ["memory": 1_048_576]]).get().policy.memory == 1 << 20)
        #expect(try parse(["policy": ["memory": "4 gb"]]).get().policy.memory == 4 << 30)
    }

    @Test(
        "each wrong field is named with what would be right",
        arguments: [
            (
                ["evry": 5],
                "evry is not known (did you mean \"every\"?); known are allow, config, critical, doc, enabled, every, policy, state, state_version, swap"
            ),
            (["doc": 5], "doc is 5; expected a string"),
            (["enabled": "yes"], "enabled is \"yes\"; expected true or false"),
            (
                ["every": 0],
                "every is 0; expected seconds above 0 and up to a year, or a cron line such as \"*/5 * * * *\""
            ),
            (
                ["every": .number(.infinity)],
                "every is {\"$number\":\"inf\"}; expected seconds above 0 and up to a year, or a cron line such as \"*/5 * * * *\""
            ),
            (
                ["every": "5s"],
                "every is neither a number of seconds nor a cron line \"5s\": expected five fields (minute hour day month weekday), found 1"
            ),
            (["every": "0 0 30 2 *"], "every is \"0 0 30 2 *\", which is never due: no month has such a day"),
            (["state": 5], "state is 5; expected a table"),
            (["state_version": 0], "state_version is 0; expected a whole number from 1 to 1000000000"),
            (["swap": "never"], "swap is \"never\"; expected one of \"auto\", \"manual\""),
            (
                ["policy": ["memory": "100KB"]],
                "policy.memory is \"100KB\"; expected 256KB to 4GB, as \"16MB\", \"512KB\" or a number of bytes"
            ),
            (
                ["policy": ["memory": "8GB"]],
                "policy.memory is \"8GB\"; expected 256KB to 4GB, as \"16MB\", \"512KB\" or a number of bytes"
            ),
            (
                ["policy": ["memory": "99999999999999GB"]],
                "policy.memory is \"99999999999999GB\"; expected 256KB to 4GB, as \"16MB\", \"512KB\" or a number of bytes"
            ),
            (
                ["policy": ["max_error": 3]],
                "policy.max_error is not known (did you mean \"max_errors\"?); known are backoff, log_burst, log_rate, max_errors, memory, probe_interval, session_timeout, start_timeout, step_timeout, stop_hook_timeout, stop_jobs, stop_timeout"
            ),
            (
                ["policy": ["step_timeout": -1]],
                "policy.step_timeout is -1; expected a number from 0.01 to 86400 (seconds)"
            ),
            (["policy": ["backoff": ["base": 5, "max": 1]]], "policy.backoff.base is above max"),
            (
                ["policy": ["stop_timeout": 2, "stop_hook_timeout": 3]],
                "policy.stop_hook_timeout is above stop_timeout, which is 2"
            ),
            (["policy": 5], "policy is 5; expected a table"),
            (["policy": [1, 2]], "policy has numbered entries; expected only named ones"),
            (["config": ["a": 5]], "config.a is 5; expected a table such as { type = \"integer\", default = 5 }"),
            (
                ["config": ["a": ["default": 5]]],
                "config.a.type is missing; expected one of string, integer, number, boolean, list, table"
            ),
            (
                ["config": ["a": ["type": "int"]]],
                "config.a.type is \"int\"; expected one of \"string\", \"integer\", \"number\", \"boolean\", \"list\", \"table\""
            ),
            (
                ["config": ["a": ["type": "strin"]]],
                "config.a.type is \"strin\" (did you mean \"string\"?); expected one of \"string\", \"integer\", \"number\", \"boolean\", \"list\", \"table\""
            ),
            (
                ["config": ["a": ["type": "integer", "default": 0, "min": 1]]],
                "config.a.default is 0; expected a whole number of at least 1"
            ),
            (["config": ["a": ["type": "integer", "min": 2, "max": 1]]], "config.a.min is 2, above max, which is 1"),
            (
                ["config": ["a": ["type": "boolean", "min": 2]]],
                "config.a.type is \"boolean\", which has no min or max"
            ),
            (
                ["config": ["a": ["type": "string", "one_of": ["x", 5]]]],
                "config.a.one_of is [\"x\",5]; each must be a string"
            ),
            (
                ["config": ["a": ["type": "string", "one_of": "x"]]],
                "config.a.one_of is \"x\"; expected a list of the allowed values"
            ),
            (
                ["config": ["a": ["type": "string", "one_of": ["x"], "default": "y"]]],
                "config.a.default is \"y\"; expected one of \"x\""
            ),
            (
                ["config": ["a": ["type": "string", "defualt": "y"]]],
                "config.a.defualt is not known (did you mean \"default\"?); known are default, doc, max, min, one_of, required, secret, type"
            ),
            (
                ["config": ["a b": ["type": "string"]]],
                "config.a b is not a usable key: letters, digits and _ only, not beginning with a digit"
            ),
            (
                ["allow": ["fs": ["$foldr"]], "config": ["folder": ["type": "string"]]],
                "allow.fs names \"$foldr\", but config declares no key \"foldr\" (did you mean \"folder\"?)"
            ),
            (
                ["allow": ["fs": ["$n"]], "config": ["n": ["type": "integer"]]],
                "allow.fs names \"$n\", but config.n is no string or list of strings"
            ),
            (["allow": ["fs": [1]]], "allow.fs is [1]; expected a list of strings"),
            (["allow": ["net": ["x"]]], "allow.net is not known; known are exec, fs, http"),
            (["allow": ["fs": [""]]], "allow.fs has an empty entry"),
            ([1], "the table has numbered entries; expected only named ones"),
            (5, "the table is 5; expected a table"),
        ] as [(Value, String)])
    func problems(_ table: Value, _ message: String) {
        #expect(problem(table) == "scripts/inbox.lua: \(message)")
    }

    @Test("a missing run_step and a mistyped hook are told")
    func hooks() {
        #expect(
            problem(.emptyTable, hooks: [])
                == "scripts/inbox.lua: function run_step is missing: the host calls it for each step")
        #expect(
            problem(.emptyTable, hooks: ["run_step", "on_strat"])
                == "scripts/inbox.lua: function on_strat is never called (did you mean \"on_start\"?)")
    }

    @Test("all problems are told at once")
    func allAtOnce() {
        let message = problem(["evry": 5, "enabled": 1, "policy": ["max_errors": 0]], hooks: [])
        #expect(message?.hasPrefix("scripts/inbox.lua: 4 problems:\n  - enabled is 1") == true)
        #expect(message?.split(separator: "\n").count == 5)
    }
}

@Suite("The operator's settings")
struct HostSettingsTests {
    @Test("what is given is read, the rest has defaults")
    func reading() throws {
        let table: Value = [
            "shutdown_timeout": 10, "log": ["level": "debug", "keep_rows": 5_000],
            "allow": ["fs": ["/srv"], "exec": .emptyTable],
        ]
        let settings = try HostSettings.parse(table: table, file: "lunad.lua").get()
        #expect(settings.shutdownTimeout == .seconds(10))
        #expect(settings.logLevel == .debug && settings.keepRows == 5_000 && settings.keepDays == 14)
        #expect(settings.allow == GrantLimits(fs: ["/srv"], exec: [], http: nil))
        #expect(try HostSettings.parse(table: .emptyTable, file: "lunad.lua").get() == HostSettings())
    }

    @Test(
        "what is wrong is told",
        arguments: [
            (
                ["shutdown_timout": 1],
                "shutdown_timout is not known (did you mean \"shutdown_timeout\"?); known are alerts, allow, check, jobs, log, shutdown_timeout"
            ),
            (
                ["log": ["level": "warning"]],
                "log.level is \"warning\"; expected one of \"debug\", \"info\", \"warn\", \"error\""
            ),
            (["log": ["keep_rows": 10]], "log.keep_rows is 10; expected a whole number from 1000 to 100000000"),
        ] as [(Value, String)])
    func problems(_ table: Value, _ message: String) {
        #expect(
            HostSettings.parse(table: table, file: "lunad.lua") == .failure(HostError(.script, "lunad.lua: \(message)"))
        )
    }
}
