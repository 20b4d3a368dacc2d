import Model

/// Finds the route of a request, checks the request against its declaration, and turns errors into problem objects.
struct Router: Sendable {
    let routes: [Route]
    /// What can be answered at once: a folder's path with its slash, and the look at what it holds of a name.
    private let looks: [(folder: [UInt8], look: Route.Look)]

    init(routes: [Route]) {
        self.routes = routes
        looks = routes.compactMap { route in
            guard route.method == .get, let look = route.atOnce, case .parameter(let name)? = route.segments.last else {
                return nil
            }
            return (Array(route.template.dropLast(name.utf8.count + 2).utf8), look)
        }
    }

    /// The answer to a request without a body that a look gives; nil for any other, which `respond` answers. Whatever is
    /// escaped, has a query or may not be right is another.
    func respondAtOnce(_ method: String, _ target: String) -> HTTPResponse? {
        guard method == "GET" || method == "HEAD" else { return nil }
        let bytes = target.utf8
        for (folder, look) in looks where bytes.count <= folder.count + Self.longestName && bytes.starts(with: folder) {
            let name = bytes.dropFirst(folder.count)
            guard !name.isEmpty, name.allSatisfy(Self.isPlain) else { continue }
            if let response = look(String(Substring(name))) { return response }
        }
        return nil
    }

    /// Of a name that is looked for at once, in bytes.
    private static let longestName = 200

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        do throws(HostError) {
            let target = try RequestTarget(request.target)
            switch find(request.method, target.path) {
            case .route(let route, let parameters): return try await call(route, parameters, target, request)
            case .problem(let problem): return problem.response
            }
        } catch {
            return Problem(error).response
        }
    }

    private enum Found {
        case route(Route, [String: String])
        case problem(Problem)
    }

    private func find(_ method: String, _ path: [String]) -> Found {
        let fitting = routes.compactMap { route in route.match(path).map { (route, $0) } }
        guard !fitting.isEmpty else {
            let shown = "/" + path.joined(separator: "/")
            let hint = DidYouMean.closest(to: shown, in: routes.map(\.template)).map { "; did you mean \($0)?" } ?? ""
            return .problem(
                Problem(status: 404, code: "not_found", detail: "there is nothing at \(shown)\(hint)"))
        }
        let asked = method == "HEAD" ? "GET" : method
        let allowed = fitting.filter { $0.0.method.rawValue == asked }
        if let (route, parameters) = allowed.max(by: { $0.0.weight < $1.0.weight }) {
            return .route(route, parameters)
        }
        // What is meant by the address, not what also fits it.
        let weight = fitting.map(\.0.weight).max()
        let meant = fitting.filter { $0.0.weight == weight }
        let methods = Set(meant.map(\.0.method.rawValue)).sorted().joined(separator: ", ")
        return .problem(
            Problem(
                status: 405, code: "method_not_allowed",
                detail: "\(method) is not possible here; possible are \(methods)",
                headers: [HTTPResponse.Header(name: "Allow", value: methods)]))
    }

    private func call(
        _ route: Route, _ parameters: [String: String], _ target: RequestTarget, _ request: HTTPRequest
    ) async throws(HostError) -> HTTPResponse {
        if case .none = route.body, !request.body.isEmpty {
            throw HostError(.invalidArgument, "\(route.method.rawValue) \(route.template) takes no body")
        }
        if !request.body.isEmpty, let problem = Self.unusableType(request.headers["content-type"]) {
            return problem.response
        }
        let call = Call(
            path: parameters, query: try Self.query(target.query, route.query),
            body: try Self.body(request.body, route.body), headers: request.headers)
        return try await route.handler(call)
    }

    // MARK: - Checks

    /// Bodies are JSON; what curl sends without being told a type is let pass as that.
    private static func unusableType(_ header: String?) -> Problem? {
        let type = header?.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " } }
        let usable: Set<String> = [
            "application/json", "application/merge-patch+json", "application/x-www-form-urlencoded",
        ]
        guard let type, !usable.contains(type) else { return nil }
        return Problem(status: 415, code: "unsupported_media_type", detail: "send the body as application/json")
    }

    private static func query(
        _ pairs: [RequestTarget.Pair], _ schema: ConfigSchema
    ) throws(HostError) -> [Value.Field] {
        var fields: [Value.Field] = []
        for pair in pairs {
            fields.append(Value.Field(pair.name, schema[pair.name]?.parse(pair.value) ?? .string(pair.value)))
        }
        return try checked(fields, schema)
    }

    private static func body(_ bytes: [UInt8], _ declared: Route.Body) throws(HostError) -> [Value.Field] {
        let value = bytes.isEmpty ? Value.emptyTable : try JSON.decode(bytes)
        // An empty list, too, reads as the empty table.
        let isList = bytes.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "[")
        guard case .object(let fields) = value, !isList else {
            throw HostError(.invalidArgument, "the body is \(value.shown()); expected a JSON object")
        }
        return switch declared {
        case .none: []
        case .fields(let schema): try checked(fields, schema)
        case .object: fields
        }
    }

    private static func checked(_ fields: [Value.Field], _ schema: ConfigSchema) throws(HostError) -> [Value.Field] {
        switch schema.validate(set: fields) {
        case .success(let values): return values
        case .failure(let problems):
            throw HostError(.invalidArgument, problems.list.map(\.message).joined(separator: "; "))
        }
    }
}
