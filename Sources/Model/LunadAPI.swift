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

    /// Every table with known fields, in the order in which the reference shows them.
    package static let classes: [APIClass] = declarations + records + options

    /// The class of that name, such as `LaunchOptions`.
    package static func type(named name: String) -> APIClass? {
        classes.first { $0.name == name }
    }

    private static let log: [APIFunction] = [
        ("debug", #"lunad.log.debug("looked", { folder = self.config.folder })"#),
        ("info", #"lunad.log.info("copied", { file = "list.txt", bytes = 120 })"#),
        ("warn", #"lunad.log.warn("the list is long", { entries = 2000 })"#),
        ("error", #"lunad.log.error("the list cannot be read", { file = "list.txt" })"#),
    ].map { level, example in
        APIFunction(
            "log.\(level)",
            "Writes a log line of level \(level). Lines equal to the one before are folded into a count; beyond "
                + "`policy.log_rate` lines a second they are dropped and counted, errors last.",
            [
                .init("message", .string, "What happened, in words; at most 8 KB are kept."),
                .init(
                    "fields", .table, optional: true,
                    "Named values beside the message, such as `{ file = name }`; plain data."),
            ], example: example)
    }

    private static let time: [APIFunction] = [
        APIFunction(
            "sleep",
            "Waits without holding a thread. Counts as a sign of life for as long as it lasts. Returns at once when the "
                + "daemon is asked to stop or the job to end.",
            [.init("seconds", .number, "How long, fractions allowed; zero or less lets others run and goes on.")],
            returns: "boolean: true when the whole time passed, false when a stop cut it short", waits: true,
            example: "if not lunad.sleep(0.5) then return end   -- asked to stop meanwhile"),
        APIFunction(
            "now", "The time of day by the system's clock, which can jump when it is set.",
            returns: "number: seconds since 1970 in UTC, with milliseconds as a fraction",
            example: #"lunad.log.info(os.date("!it is %H:%M in Greenwich", lunad.now() // 1))"#),
        APIFunction(
            "monotonic",
            "A clock that never goes back nor jumps: take the difference of two calls to measure a duration.",
            returns: "number: seconds since an arbitrary start",
            example: """
                local begun = lunad.monotonic()
                lunad.sleep(0.1)
                lunad.log.info("slept", { seconds = lunad.monotonic() - begun })
                """),
    ]

    private static let life: [APIFunction] = [
        APIFunction(
            "stopping",
            "Whether the script was asked to stop. A long step looks at it now and then and returns early; a job saves a "
                + "checkpoint and sleeps, to be given back to the queue when the host stops.",
            returns: "boolean: true from the request to stop on",
            example: """
                for number = 1, 1000 do
                  if lunad.stopping() then return end
                  self.state.done = number
                end
                """),
        APIFunction(
            "heartbeat",
            "Gives a sign of life in the middle of a long computation. Not needed in steps that wait or end in time: the "
                + "host counts those itself.",
            [.init("details", .string, optional: true, "What it is at; shown as the daemon's activity.")],
            example: #"for part = 1, 3 do lunad.heartbeat("at part " .. part) end"#),
        APIFunction(
            "status",
            "Says what the daemon is doing now, for status and the page; stands until it says another thing or stops.",
            [
                .init("text", .string, "The activity in a few words."),
                .init("progress", .number, optional: true, "How far it is, from 0 to 1."),
            ], example: #"lunad.status("copying", 0.4)"#),
        APIFunction(
            "stop",
            "Ends this daemon: the hook ends here, `on_stop` is called, and the daemon stays stopped until it is started again.",
            [.init("reason", .string, optional: true, "Why; shown beside the status.")],
            example: #"if self.state.left == 0 then lunad.stop("nothing is left") end"#),
        APIFunction(
            "fail",
            "Fails without a retry: the hook ends here and the daemon is `failed` until its file or config changes, or it "
                + "is started again.",
            [.init("message", .string, "What is wrong and what would put it right.")],
            example: #"if self.config.folder == "" then lunad.fail("folder is empty; set it to what to watch") end"#),
        APIFunction(
            "retry_after",
            "Fails the step with a delay of its own choice instead of the policy's backoff; the hook ends here.",
            [
                .init("seconds", .number, "How long to wait before the next step."),
                .init("message", .string, optional: true, "Why; noted as the step's error."),
            ], example: #"if self.state.left > 1000 then lunad.retry_after(60, "too much is left for now") end"#),
    ]

    private static let session: [APIFunction] = [
        APIFunction(
            "session",
            "Runs a function inside one database transaction. It commits, together with `self.state`, when the function "
                + "returns, and rolls back when it raises. Inside, nothing may wait; the handle is dead once the function "
                + "has returned. It may take at most `policy.session_timeout`.",
            [.init("fn", .function, "Called with the handle `db`.", shape: "fun(db: Session): any")],
            returns: "any: what the function returned, once the commit is on disk", waits: true,
            raises: "What the function raises, after the transaction was rolled back; a commit that fails.",
            example: """
                lunad.session(function(db)   -- one transaction: the row and the state, or neither
                  self.state.left = self.state.left - 1
                  db:exec("INSERT INTO sales (item, price) VALUES (?, ?)", "tea", 2.5)
                end)
                """),
        APIFunction(
            "db:query", "Runs a statement and gives its rows. Host tables can be read, not written.",
            statement, returns: "table[]: a list of rows, each a table keyed by column name",
            raises: "What the database has against the statement.",
            example: """
                lunad.session(function(db)
                  for _, sale in ipairs(db:query("SELECT item, price FROM sales WHERE price > :least", { least = 2 })) do
                    lunad.log.info("sold", sale)
                  end
                end)
                """),
        APIFunction(
            "db:row", "Runs a statement and gives its first row.", statement,
            returns: "table?: the row keyed by column name, or nil when there is none",
            raises: "What the database has against the statement.",
            example: """
                lunad.session(function(db)
                  local sale = db:row("SELECT item, price FROM sales ORDER BY price DESC LIMIT 1")
                  if sale then lunad.log.info("the dearest", { item = sale.item, price = sale.price }) end
                end)
                """),
        APIFunction(
            "db:value", "Runs a statement and gives the first column of its first row.", statement,
            returns: "any: the value, or nil when there is no row or it is NULL",
            raises: "What the database has against the statement.",
            example: """
                local count = lunad.session(function(db) return db:value("SELECT count(*) FROM sales") end)
                lunad.status(count .. " sales")
                """),
        APIFunction(
            "db:exec", "Runs a statement for its effect: a change of rows, or of the daemon's own tables.", statement,
            returns: "integer: how many rows changed; and integer: the rowid of the last one inserted",
            raises: "What the database has against the statement; a write to one of the host's tables.",
            example: """
                lunad.session(function(db)
                  local gone = db:exec("DELETE FROM sales WHERE price = ?", 0)
                  lunad.log.debug("removed", { rows = gone })
                end)
                """),
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
            returns: "string[]: a list of names", waits: true, raises: fileErrors,
            example: "for _, name in ipairs(lunad.fs.list(self.config.folder)) do lunad.log.info(name) end"),
        APIFunction(
            "fs.read", "The whole content of a regular file, byte for byte; at most 16 MB.", [path("The file.")],
            returns: "string: the content", waits: true, raises: fileErrors,
            example: """
                local text = lunad.fs.read(self.config.folder .. "/list.txt")
                for line in text:gmatch("[^\\n]+") do lunad.log.info(line) end
                """),
        APIFunction(
            "fs.write",
            "Replaces a file, or makes it, in one step: readers see the old content or the new, and the new is on disk "
                + "when this returns.",
            [path("The file; its folder must exist."), .init("data", .string, "The new content; at most 16 MB.")],
            waits: true, raises: fileErrors,
            example: #"lunad.fs.write(self.config.folder .. "/left.txt", tostring(self.state.left))"#),
        APIFunction(
            "fs.stat",
            "What is known about a file or folder. Symbolic links are followed as far as they stay in granted folders.",
            [path("The file or folder.")],
            returns: "FileFacts?: what it is, or nil when nothing is there", waits: true,
            raises: "A path that is not granted; a folder on the way that cannot be searched.",
            example: """
                local facts = lunad.fs.stat(self.config.folder .. "/list.txt")
                if facts and facts.size > 0 then lunad.log.info("there is a list", { bytes = facts.size }) end
                """),
    ]

    private static let fileErrors = "A path that is not granted; a file that is not there, or that the system refuses."

    private static func path(_ doc: String) -> APIFunction.Parameter {
        .init(
            "path", .string,
            "\(doc) Must be inside what `allow.fs` grants; a relative path starts at the project folder.")
    }

    private static let json: [APIFunction] = [
        APIFunction(
            "json.encode", "A value as JSON text. Refuses what JSON cannot say, with the path to it.",
            [.init("value", .any, "Plain data; a table whose keys are 1…n becomes an array, the empty table `{}`.")],
            returns: "string: the text, on one line", raises: "A value that JSON cannot say: NaN, a function, a cycle.",
            example: #"lunad.log.info(lunad.json.encode({ name = "tea", tags = { "green", "loose" } }))"#),
        APIFunction(
            "json.decode", "The value that a JSON text says; null becomes nil. An error names line and column.",
            [.init("text", .string, "One JSON document in UTF-8.")], returns: "any: the value",
            raises: "A text that is no JSON; a list or table nested deeper than 100.",
            example: """
                local item = lunad.json.decode('{ "name": "tea", "tags": ["green"] }')
                lunad.log.info(item.name, { first = item.tags[1] })
                """),
    ]

    private static let daemons: [APIFunction] = [
        APIFunction(
            "daemons.list", "What else runs on this host.",
            returns: "DaemonStatus[]: the daemons, sorted by name",
            example: """
                for _, other in ipairs(lunad.daemons.list()) do
                  if other.status == "failed" then lunad.log.warn(other.name, { reason = other.reason }) end
                end
                """),
        APIFunction(
            "daemons.get", "One daemon as `lunad status --json` shows it.",
            [.init("name", .string, "The daemon's name.")],
            returns: "DaemonStatus?: the daemon; or nil when there is none",
            example: """
                local other = lunad.daemons.get("inbox")
                if other and other.status ~= "running" then lunad.status("waiting for inbox") end
                """),
    ]
}
