/// The `lunad` table of scripts: the one declaration behind bindings, argument checks and the reference page.
package enum LunadAPI {
    /// Every function, in the order in which the reference shows them.
    package static let functions: [APIFunction] = forDaemons + forJobs

    /// What a daemon's script has.
    package static let forDaemons: [APIFunction] =
        log + time + life + session + files + json + daemons + jobs + exec
        + http + events + metrics

    /// The function of that full name, such as `log.info` or `db:query`.
    package static func function(named name: String) -> APIFunction? {
        functions.first { $0.name == name }
    }

    private static let log: [APIFunction] = ["debug", "info", "warn", "error"].map { level in
        APIFunction(
            "log.\(level)",
            "Writes a log line of level \(level). Lines equal to the one before are folded into a count; beyond "
                + "`policy.log_rate` lines a second they are dropped and counted, errors last.",
            [
                .init("message", .string, "What happened, in words; at most 8 KB are kept."),
                .init(
                    "fields", .table, optional: true,
                    "Named values beside the message, such as `{ file = name }`; plain data."),
            ])
    }

    private static let time: [APIFunction] = [
        APIFunction(
            "sleep",
            "Waits without holding a thread. Counts as a sign of life for as long as it lasts. Returns at once when the "
                + "daemon is asked to stop.",
            [.init("seconds", .number, "How long, fractions allowed; zero or less lets others run and goes on.")],
            returns: "boolean: true when the whole time passed, false when a stop cut it short", waits: true),
        APIFunction(
            "now", "The time of day by the system's clock, which can jump when it is set.",
            returns: "number: seconds since 1970 in UTC, with milliseconds as a fraction"),
        APIFunction(
            "monotonic",
            "A clock that never goes back nor jumps: take the difference of two calls to measure a duration.",
            returns: "number: seconds since an arbitrary start"),
    ]

    private static let life: [APIFunction] = [
        APIFunction(
            "stopping", "Whether the daemon was asked to stop. A long step looks at it now and then and returns early.",
            returns: "boolean: true from the request to stop on"),
        APIFunction(
            "heartbeat",
            "Gives a sign of life in the middle of a long computation. Not needed in steps that wait or end in time: the "
                + "host counts those itself.",
            [.init("details", .string, optional: true, "What it is at; shown as the daemon's activity.")]),
        APIFunction(
            "status",
            "Says what the daemon is doing now, for status and the page; stands until it says another thing or stops.",
            [
                .init("text", .string, "The activity in a few words."),
                .init("progress", .number, optional: true, "How far it is, from 0 to 1."),
            ]),
        APIFunction(
            "stop",
            "Ends this daemon: the hook ends here, `on_stop` is called, and the daemon stays stopped until it is started again.",
            [.init("reason", .string, optional: true, "Why; shown beside the status.")]),
        APIFunction(
            "fail",
            "Fails without a retry: the hook ends here and the daemon is `failed` until its file or config changes, or it "
                + "is started again.",
            [.init("message", .string, "What is wrong and what would put it right.")]),
        APIFunction(
            "retry_after",
            "Fails the step with a delay of its own choice instead of the policy's backoff; the hook ends here.",
            [
                .init("seconds", .number, "How long to wait before the next step."),
                .init("message", .string, optional: true, "Why; noted as the step's error."),
            ]),
    ]

    private static let session: [APIFunction] = [
        APIFunction(
            "session",
            "Runs a function inside one database transaction. It commits, together with `self.state`, when the function "
                + "returns, and rolls back when it raises. Inside, nothing may wait; the handle is dead once the function "
                + "has returned. It may take at most `policy.session_timeout`.",
            [.init("fn", .function, "Called with the handle `db`.")],
            returns: "any: what the function returned, once the commit is on disk", waits: true),
        APIFunction(
            "db:query", "Runs a statement and gives its rows. Host tables can be read, not written.",
            statement, returns: "table: a list of rows, each a table keyed by column name"),
        APIFunction(
            "db:row", "Runs a statement and gives its first row.", statement,
            returns: "table: the row keyed by column name, or nil when there is none"),
        APIFunction(
            "db:value", "Runs a statement and gives the first column of its first row.", statement,
            returns: "any: the value, or nil when there is no row or it is NULL"),
        APIFunction(
            "db:exec", "Runs a statement for its effect: a change of rows, or of the daemon's own tables.", statement,
            returns: "integer: how many rows changed; and integer: the rowid of the last one inserted"),
    ]

    private static let statement: [APIFunction.Parameter] = [
        .init("sql", .string, "One SQL statement; values go in as parameters (`?`, `:name`), never into the text."),
        .init(
            "parameters", .variadic,
            "Values for `?` in order, or one table of named values for `:name`. Booleans become 1 and 0, nil NULL."),
    ]

    private static let files: [APIFunction] = [
        APIFunction(
            "fs.list", "The names in a folder, sorted, without `.` and `..`.", [path("The folder.")],
            returns: "table: a list of names", waits: true),
        APIFunction(
            "fs.read", "The whole content of a regular file, byte for byte; at most 16 MB.", [path("The file.")],
            returns: "string: the content", waits: true),
        APIFunction(
            "fs.write",
            "Replaces a file, or makes it, in one step: readers see the old content or the new, and the new is on disk "
                + "when this returns.",
            [path("The file; its folder must exist."), .init("data", .string, "The new content; at most 16 MB.")],
            waits: true),
        APIFunction(
            "fs.stat",
            "What is known about a file or folder. Symbolic links are followed as far as they stay in granted folders.",
            [path("The file or folder.")],
            returns:
                "table: `type` (file, directory, other), `size` in bytes, `modified` in seconds since 1970, `mode`; or nil "
                + "when nothing is there",
            waits: true),
    ]

    private static func path(_ doc: String) -> APIFunction.Parameter {
        .init(
            "path", .string,
            "\(doc) Must be inside what `allow.fs` grants; a relative path starts at the project folder.")
    }

    private static let json: [APIFunction] = [
        APIFunction(
            "json.encode", "A value as JSON text. Refuses what JSON cannot say, with the path to it.",
            [.init("value", .any, "Plain data; a table whose keys are 1…n becomes an array, the empty table `{}`.")],
            returns: "string: the text, on one line"),
        APIFunction(
            "json.decode", "The value that a JSON text says; null becomes nil. An error names line and column.",
            [.init("text", .string, "One JSON document in UTF-8.")], returns: "any: the value"),
    ]

    private static let daemons: [APIFunction] = [
        APIFunction(
            "daemons.list", "What else runs on this host.",
            returns: "table: a list of tables as `daemons.get` gives, sorted by name"),
        APIFunction(
            "daemons.get", "One daemon as `lunad status --json` shows it.",
            [.init("name", .string, "The daemon's name.")],
            returns:
                "table: name, type, status, reason, enabled, generation, steps, errors and so on; or nil when there is none"
        ),
    ]
}
