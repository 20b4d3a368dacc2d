extension LunadAPI {
    /// What a test script has: what needs no host, and the way to one.
    package static let forTests: [APIFunction] =
        functions.filter { $0.name.hasPrefix("log.") || $0.name.hasPrefix("json.") } + [
            APIFunction(
                "test.host",
                "A host of the test's own: the engine itself with the project's scripts, an empty database in memory with the "
                    + "project's migrations applied, and a clock that moves by `host:advance` alone. It is closed after the test.",
                [
                    .init(
                        "options", .table, optional: true,
                        "Any of `now` (seconds since 1970, or text such as 2030-01-01T08:00:00Z), `utc_offset` in seconds, "
                            + "`programs` (true: external programs that the test does not answer for run for real).")
                ], returns: "table: the host")
        ]
}
