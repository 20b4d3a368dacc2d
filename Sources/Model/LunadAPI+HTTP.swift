extension LunadAPI {
    static let http: [APIFunction] = [
        APIFunction(
            "http.get", "Gets what is at an address. Raises when there is no answer; a status such as 404 is one.",
            [url, options("")], returns: answer, waits: true),
        APIFunction(
            "http.post", "Sends a body to an address. Raises when there is no answer; a status such as 404 is one.",
            [
                url,
                .init("body", .any, optional: true, "A string, sent as it is, or a table, sent as JSON."),
                options(""),
            ], returns: answer, waits: true),
        APIFunction(
            "http.request", "Sends a request of any kind. Raises when there is no answer; a status such as 404 is one.",
            [options("`url`, and any of `method` (GET), ", isOptional: false)], returns: answer, waits: true),
    ]

    private static let url = APIFunction.Parameter(
        "url", .string, "`http://…` or `https://…`; `allow.http` must name its host.")

    private static func options(_ more: String, isOptional: Bool = true) -> APIFunction.Parameter {
        .init(
            "options", .table, optional: isOptional,
            (more.isEmpty ? "Any of " : "The request: \(more)")
                + "`headers` (a table), `query` (a table; what it holds is escaped), `body`, `json` (a value to send), "
                + "`timeout` in seconds for all of it (30), `connect_timeout` (10), `redirects` to follow (5; each has to be "
                + "granted), `max_bytes` of the answer (8 MB), `parse` (true: the answer has `json`), `ca_file` (who vouches "
                + "for the server; a file that `allow.fs` grants).")
    }

    private static let answer =
        "table: `status`, `ok` (true for 200 to 299), `headers` (names in small letters), `body`, `json` with `parse`, `url` "
        + "(where it came from in the end), `seconds`"
}
