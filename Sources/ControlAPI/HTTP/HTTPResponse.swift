import Model

/// What a request is answered with.
struct HTTPResponse: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// A stream of server-sent events.
        case events(EventSelection)
    }

    var status: Int
    var headers: [Header]
    var body: Body
    /// Where the library's form of it is kept, for a response that is given again as it is; nothing of it may change then.
    var kept: KeptResponse?

    struct Header: Sendable, Hashable {
        var name: String
        var value: String
    }

    init(status: Int, type: String, body: [UInt8], headers: [Header] = []) {
        self.status = status
        self.headers = [Header(name: "Content-Type", value: type)] + headers
        self.body = .bytes(body)
    }

    init(events selection: EventSelection) {
        status = 200
        headers = [
            Header(name: "Content-Type", value: "text/event-stream"), Header(name: "X-Accel-Buffering", value: "no"),
        ]
        body = .events(selection)
    }

    /// `value` as JSON; values that JSON has no word for are written as tagged objects, unless it is to be `plain`.
    static func json(
        _ value: Value, status: Int = 200, style: JSON.Style = .typed, headers: [Header] = []
    ) throws(HostError) -> HTTPResponse {
        let body = try JSON.bytes(of: value, style: style, limits: JSON.Limits(depth: 200, bytes: 64 << 20))
        return HTTPResponse(status: status, type: "application/json", body: body, headers: headers)
    }

    /// Done, and there is nothing to tell.
    static let noContent = HTTPResponse(status: 204, type: "application/json", body: [])
}
