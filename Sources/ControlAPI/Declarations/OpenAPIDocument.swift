import Model

/// The API in the words of OpenAPI 3.1, made from the routes' own declarations.
enum OpenAPIDocument {
    /// The address where `routes` and itself are described.
    static func route(describing routes: [Route]) -> Route {
        Route(.get, "/api/openapi.json", "This API in the words of OpenAPI 3.1", answer: .json(.table(.any))) {
            (_) throws(HostError) in
            try .json(make(routes + [route(describing: routes)]), style: .plain)
        }
    }

    static func make(_ routes: [Route]) -> Value {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "lunad", "version": .string(LunadVersion.current),
                "description":
                    "The control plane of a host of daemons. On the project's socket no token is needed; on TCP one is.",
            ],
            "servers": [["url": "/"]],
            "security": [["token": .array([])], .emptyTable],
            "paths": paths(routes),
            "components": [
                "schemas": schemas(routes),
                "responses": ["problem": problem],
                "securitySchemes": [
                    "token": [
                        "type": "http", "scheme": "bearer", "description": "The token that 'lunad token' shows.",
                    ]
                ],
            ],
        ]
    }

    /// By address in the order of the routes, the methods of each together.
    private static func paths(_ routes: [Route]) -> Value {
        var paths: [Value.Field] = []
        for route in routes {
            let method = Value.Field(route.method.rawValue.lowercased(), operation(route))
            if let index = paths.firstIndex(where: { $0.key == route.template }),
                case .object(let methods) = paths[index].value
            {
                paths[index].value = .object(methods + [method])
            } else {
                paths.append(Value.Field(route.template, .object([method])))
            }
        }
        return .object(paths)
    }

    private static func operation(_ route: Route) -> Value {
        var fields: [Value.Field] = [
            .init("operationId", .string(name(of: route))), .init("summary", .string(route.summary)),
            .init("tags", [.string(tag(of: route))]),
        ]
        let parameters =
            route.parameters.keys.map { parameter($0, in: "path", isRequired: true) }
            + route.query.keys.map { parameter($0, in: "query", isRequired: $0.isRequired && $0.defaultValue == nil) }
        if !parameters.isEmpty { fields.append(.init("parameters", .array(parameters))) }
        if let body = body(route.body) { fields.append(.init("requestBody", body)) }
        fields.append(.init("responses", responses(route)))
        return .object(fields)
    }

    private static func parameter(_ key: ConfigKey, in place: String, isRequired: Bool) -> Value {
        var described = key
        described.doc = nil
        let schema = described.schema(canBeNull: false)
        // Lists and objects in a query are JSON, as on the command line.
        let isJSON = key.type == .list || key.type == .table
        return .object(
            [
                .init("name", .string(key.name)), .init("in", .string(place)), .init("required", .boolean(isRequired)),
                isJSON ? .init("content", ["application/json": ["schema": schema]]) : .init("schema", schema),
            ] + (key.doc.map { [Value.Field("description", .string($0))] } ?? []))
    }

    private static func body(_ body: Route.Body) -> Value? {
        switch body {
        case .none: nil
        case .fields(let schema):
            [
                "required": .boolean(schema.keys.contains { $0.isRequired && $0.defaultValue == nil }),
                "content": ["application/json": ["schema": schema.bodySchema]],
            ]
        case .object:
            ["required": false, "content": ["application/json": ["schema": ["type": "object"]]]]
        }
    }

    private static func responses(_ route: Route) -> Value {
        var fields = route.answer.statuses.map { status in
            Value.Field("\(status)", response(route.answer.content, status: status))
        }
        for status in route.problemStatuses {
            fields.append(.init("\(status)", ["$ref": "#/components/responses/problem"]))
        }
        fields.append(.init("default", ["$ref": "#/components/responses/problem"]))
        return .object(fields)
    }

    private static func response(_ content: Answer.Content, status: Int) -> Value {
        let description: Value = status == 201 ? "It was made" : "It was done"
        return switch content {
        case .none: ["description": description]
        case .json(let shape):
            ["description": description, "content": ["application/json": ["schema": shape.schema]]]
        case .text(let type):
            ["description": description, "content": .object([.init(type, ["schema": ["type": "string"]])])]
        }
    }

    private static let problem: Value = [
        "description": "It could not be done, and why",
        "content": ["application/problem+json": ["schema": Problem.shape.schema]],
    ]

    private static func schemas(_ routes: [Route]) -> Value {
        var named: [Value.Field] = []
        let shapes = routes.compactMap { route -> Shape? in
            if case .json(let shape) = route.answer.content { shape } else { nil }
        }
        for (name, schema) in (shapes + [Problem.shape]).flatMap(\.named)
        where !named.contains(where: { $0.key == name }) {
            named.append(Value.Field(name, schema))
        }
        return .object(named.sorted { $0.key < $1.key })
    }

    /// Such as `post_daemons_name_start`.
    private static func name(of route: Route) -> String {
        let words = route.template.split { !$0.isLetter && !$0.isNumber }.filter { $0 != "api" }
        return ([route.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
    }

    /// The word below `/api` that it is about.
    private static func tag(of route: Route) -> String {
        guard case .literal("api")? = route.segments.first, case .literal(let word)? = route.segments.dropFirst().first
        else { return "host" }
        return word
    }
}
