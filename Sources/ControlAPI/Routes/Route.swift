import Model

/// One thing that the API does, as declared: the source of its dispatch, of the checks of what it is given, and of its
/// place in the OpenAPI document.
struct Route: Sendable {
    enum Method: String, Sendable, Hashable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// What the request's body may be.
    enum Body: Sendable {
        case none
        /// A JSON object with these fields; none at all when no field is required.
        case fields(ConfigSchema)
        /// A JSON object whose fields the handler knows.
        case object
    }

    enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    typealias Handler = @Sendable (Call) async throws(HostError) -> HTTPResponse
    /// Answers for the value of the template's one parameter what a look at the present tells; nil leaves it to the
    /// handler. It holds up other connections: so it never waits, and searches nothing.
    typealias Look = @Sendable (String) -> HTTPResponse?

    var method: Method
    /// Such as `/api/daemons/{name}/start`.
    var template: String
    /// One line for the reference.
    var summary: String
    /// The template's parameters: those whose names are `id` or `generation` are numbers, if nothing else is said.
    var parameters: ConfigSchema
    var query: ConfigSchema
    var body: Body
    var answer: Answer
    var handler: Handler
    var atOnce: Look?
    let segments: [Segment]

    init(
        _ method: Method, _ template: String, _ summary: String, parameters: [ConfigKey] = [],
        query: [ConfigKey] = [], body: Body = .none, answer: Answer, atOnce: Look? = nil,
        handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.summary = summary
        self.query = ConfigSchema(query, noun: "a parameter of this address")
        self.body = body
        self.answer = answer
        self.handler = handler
        self.atOnce = atOnce
        segments = template.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.hasPrefix("{") ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
        let described = Set(parameters.map(\.name))
        let others = segments.compactMap { segment -> ConfigKey? in
            guard case .parameter(let name) = segment, !described.contains(name) else { return nil }
            let isNumber = name == "id" || name == "generation"
            return isNumber ? ConfigKey(name, .integer, minimum: 1) : ConfigKey(name, .string, minimum: 1)
        }
        self.parameters = ConfigSchema(parameters + others)
    }

    /// Statuses of problems that belong to it in particular; any other may come, too.
    var problemStatuses: [Int] {
        var takesInput = !query.keys.isEmpty
        if case .none = body {} else { takesInput = true }
        return (takesInput ? [400] : []) + (parameters.keys.isEmpty ? [] : [404])
    }

    /// The values of the template's parameters when it fits the path; an empty part fits no parameter.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (segment, part) in zip(segments, path) {
            switch segment {
            case .literal(let text): if text != part { return nil }
            case .parameter(let name):
                if part.isEmpty { return nil }
                values[name] = part
            }
        }
        return values
    }

    /// How many parts of the template are fixed: of two that fit, the one with more is meant.
    var weight: Int {
        segments.count { segment in
            if case .literal = segment { true } else { false }
        }
    }
}

extension Route.Body {
    /// A body with these fields.
    static func fields(_ keys: [ConfigKey]) -> Route.Body { .fields(ConfigSchema(keys, noun: "a field of this body")) }
}
