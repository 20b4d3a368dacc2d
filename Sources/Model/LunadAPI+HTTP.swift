extension LunadAPI {
    static let http: [APIFunction] = [
        APIFunction(
            "http.get", "Gets what is at an address. Any status is an answer.", [url, requestOptions],
            returns: answerWords, waits: true, raises: raises,
            example: """
                local answer = lunad.http.get("https://api.example.org/items", { query = { page = 2 }, parse = true })
                if answer.ok then lunad.log.info("items", { count = #answer.json }) end
                """),
        APIFunction(
            "http.post", "Sends a body to an address. Any status is an answer.",
            [
                url,
                .init("body", .any, optional: true, "A string, sent as it is, or a table, sent as JSON."),
                requestOptions,
            ], returns: answerWords, waits: true, raises: raises,
            example: """
                local answer = lunad.http.post("https://api.example.org/items", { name = "shoe" }, { timeout = 5 })
                if not answer.ok then lunad.retry_after(60, "the server says " .. answer.status) end
                """),
        APIFunction(
            "http.request", "Sends a request of any kind. Any status is an answer.",
            [.init("request", .table, "The request; `url` has to be there.", shape: "HTTPRequest")],
            returns: answerWords, waits: true, raises: raises,
            example: """
                local answer = lunad.http.request({ method = "DELETE", url = "https://api.example.org/items/7" })
                lunad.log.info("deleted", { status = answer.status })
                """),
    ]

    private static let url = APIFunction.Parameter(
        "url", .string, "`http://…` or `https://…`; `allow.http` must name its host.")

    private static let requestOptions = APIFunction.Parameter(
        "options", .table, optional: true, "The rest of the request.", shape: "HTTPOptions")

    private static let answerWords = "HTTPAnswer: what the server said"

    private static let raises =
        "A host that is not granted; no answer: no such host, a timeout, a certificate that nobody vouches for, an answer that "
        + "is too large; an answer that is no JSON, with `parse`; an unknown option."

    /// What goes with a request; `lunad.http.request` takes `url` beside it.
    static let httpTables: [APIClass] = [
        APIClass("HTTPOptions", "What goes with a request.", optionFields),
        APIClass(
            "HTTPRequest", "A request, whole.",
            [.init("url", "string", "`http://…` or `https://…`; `allow.http` must name its host.")] + optionFields),
        APIClass(
            "HTTPAnswer", "What a server answered.",
            [
                .init("status", "integer", "Such as 200 or 404."),
                .init("ok", "boolean", "Whether `status` is one from 200 to 299."),
                .init(
                    "headers", "table<string, string>",
                    "By their names in small letters; those that came more than once are joined by a comma, `set-cookie` by a "
                        + "line feed."),
                .init("body", "string", "Byte for byte; unpacked when the server had packed it."),
                .init("url", "string", "Where it came from, after all redirects."),
                .init("seconds", "number", "From the request to the last byte."),
                .optional("json", "any", "The body's value, with `parse`."),
            ]),
    ]

    private static let optionFields: [APIClass.Field] = [
        .optional(
            "method", WebRequest.Method.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: "|"), #""GET""#,
            "What is asked of the server; of `lunad.http.post` POST unless said."),
        .optional("headers", "table<string, string>", "{}", "Headers; a list stands for several of one name."),
        .optional(
            "query", "table", "{}", "Named values that are put after the `?`, escaped; a list for several of one name."),
        .optional("body", "string", "What is sent, as it is."),
        .optional("json", "any", "A value that is sent as JSON."),
        .optional("timeout", "number", "30", "Seconds for all of it, redirects included; at most 3600."),
        .optional("connect_timeout", "number", "10", "Seconds for one connection."),
        .optional(
            "redirects", "integer", "5",
            "How many redirects are followed; each host has to be granted. With 0 the redirect is the answer."),
        .optional("max_bytes", "integer", "8388608", "The largest body of an answer that is taken; at most 268435456."),
        .optional("parse", "boolean", "false", "Whether the body is JSON, to be given as `json`."),
        .optional(
            "ca_file", "string", "A PEM file that says who vouches for the server; `allow.fs` must grant it."),
    ]
}
