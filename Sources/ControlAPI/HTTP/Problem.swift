import Model

/// An error as the API tells it: a problem object of RFC 9457.
struct Problem: Sendable {
    var status: Int
    /// The error's stable word, as `HostError.Code` has it or one of the protocol's own.
    var code: String
    /// What is wrong here, in a sentence.
    var detail: String
    var headers: [HTTPResponse.Header] = []

    init(status: Int, code: String, detail: String, headers: [HTTPResponse.Header] = []) {
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
    }

    init(_ error: HostError) {
        self.init(status: Self.status(for: error.code), code: error.code.rawValue, detail: error.description)
        if status == 503 { headers = [HTTPResponse.Header(name: "Retry-After", value: "1")] }
    }

    /// The object that `response` carries.
    static let shape = Shape.object(
        "Problem",
        [
            "type": .text, "title": .text, "status": .integer, "code": .text, "detail": .text,
        ])

    var response: HTTPResponse {
        let object: Value = [
            "type": .string("urn:lunad:problem:\(code)"), "title": .string(Self.title(for: status)),
            "status": .integer(Int64(status)), "code": .string(code), "detail": .string(detail),
        ]
        // Only texts and a number: they can always be written.
        let text = (try? JSON.encode(object)) ?? #"{"title":"Internal Server Error","status":500}"#
        return HTTPResponse(
            status: status, type: "application/problem+json", body: Array(text.utf8), headers: headers)
    }

    private static func status(for code: HostError.Code) -> Int {
        switch code {
        case .invalidArgument: 400
        case .forbidden: 403
        case .notFound: 404
        case .conflict, .cancelled: 409
        case .limitExceeded: 413
        case .script, .sql: 422
        case .corrupt, .io, .internal, .newerSchema: 500
        case .busy, .unavailable, .readOnly: 503
        case .timeout: 504
        case .diskFull: 507
        }
    }

    private static func title(for status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 507: "Insufficient Storage"
        default: "Internal Server Error"
        }
    }
}
