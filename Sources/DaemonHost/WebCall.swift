import LuaRuntime
import Model

/// A call of `lunad.http`: what is to be sent, checked, and what the script gets of the answer.
struct WebCall: Sendable {
    private static let known = LunadAPI.type(named: "HTTPRequest")?.names ?? []
    /// Headers that say how a message is framed, or whom it is for; they follow from the rest.
    private static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "trailer", "te", "expect",
    ]
    private static let longestTimeout = 3_600.0
    private static let largestBody = 256 << 20

    private(set) var request: WebRequest
    /// A file that vouches for the server, as the script names it.
    private(set) var authorities: String?
    /// Its answer is JSON, to be parsed.
    private(set) var parses = false

    /// `url` is nil where the options have to name it.
    init(_ method: WebRequest.Method, url: String?, options: Value, grants: WebGrants) throws(HostError) {
        request = WebRequest(method, url ?? "") { (target) throws(HostError) in try grants.check(target) }
        guard options == .null || options == .emptyTable || !options.fields.isEmpty else {
            throw HostError(.invalidArgument, "the options must be a table with names, such as { timeout = 5 }")
        }
        var query: Value?
        for field in options.fields {
            switch field.key {
            case "method": request.method = try Self.method(field.value)
            case "url" where url == nil: request.url = try Self.text(field)
            case "headers": request.headers += try Self.headers(field.value)
            case "query": query = field.value
            case "body": request.body = Array(try Self.bytes(field))
            case "json": break
            case "timeout": request.timeout = .saturating(seconds: try Self.seconds(field))
            case "connect_timeout": request.connectTimeout = .saturating(seconds: try Self.seconds(field))
            case "redirects": request.redirects = try Self.integer(field, 0...50)
            case "max_bytes": request.bodyLimit = try Self.integer(field, 0...Self.largestBody)
            case "parse": parses = try Self.flag(field)
            case "ca_file": authorities = try Self.text(field)
            default:
                throw HostError(
                    .invalidArgument, "unknown option '\(field.key)'\(DidYouMean.hint(for: field.key, in: Self.known))")
            }
        }
        guard !request.url.isEmpty else {
            throw HostError(.invalidArgument, "the option 'url' is missing: it says where the request goes")
        }
        if let query { request.url = try Self.address(request.url, with: query) }
        if let json = options["json"] { try setJSON(json) }
        if request.body != nil, [.get, .head].contains(request.method) {
            throw HostError(
                .invalidArgument, "a \(request.method.rawValue) has no body: give it a 'method' such as \"POST\"")
        }
    }

    /// A string is sent as it is, a table as JSON.
    mutating func setBody(_ body: Value) throws(HostError) {
        if body.isTable { return try setJSON(body) }
        guard request.body == nil else { throw Self.twoBodies }
        request.body = Array(try Self.bytes(.init("body", body)))
    }

    private mutating func setJSON(_ value: Value) throws(HostError) {
        guard request.body == nil else { throw Self.twoBodies }
        request.body = Array(try JSON.encode(value).utf8)
        guard !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) else { return }
        request.headers.append(WebHeader("Content-Type", "application/json"))
    }

    private static let twoBodies = HostError(
        .invalidArgument, "a request has one body: give it an argument, 'body' or 'json', not two of them")

    // MARK: - The answer

    func reply(_ result: Result<WebAnswer, HostError>) -> HostReply {
        HostReply(of: { () throws(HostError) in
            let answer = try result.get()
            guard parses, case .object(var fields) = answer.value else { return [answer.value] }
            fields.append(.init("json", try decode(answer)))
            return [.object(fields)]
        })
    }

    private func decode(_ answer: WebAnswer) throws(HostError) -> Value {
        if answer.body.isEmpty { return .null }
        do throws(HostError) {
            return try JSON.decode(answer.body)
        } catch {
            throw HostError(
                error.code, "the answer, whose status is \(answer.status), is no JSON: \(error.description)")
        }
    }
}

// MARK: - Options

extension WebCall {
    private static func wrong(_ field: Value.Field, _ expected: String) -> HostError {
        HostError(.invalidArgument, "option '\(field.key)' is \(field.value.shown()); expected \(expected)")
    }

    private static func method(_ value: Value) throws(HostError) -> WebRequest.Method {
        if let method = value.stringValue.flatMap({ WebRequest.Method(rawValue: $0.uppercased()) }) { return method }
        let names = WebRequest.Method.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        throw wrong(.init("method", value), "one of \(names)")
    }

    private static func text(_ field: Value.Field) throws(HostError) -> String {
        guard let text = field.value.stringValue, !text.isEmpty else { throw wrong(field, "a string") }
        return text
    }

    private static func bytes(_ field: Value.Field) throws(HostError) -> [UInt8] {
        guard field.value.typeName == "string" else { throw wrong(field, "a string, or a table in 'json'") }
        return field.value.utf8Bytes
    }

    private static func flag(_ field: Value.Field) throws(HostError) -> Bool {
        guard let flag = field.value.boolValue else { throw wrong(field, "true or false") }
        return flag
    }

    private static func seconds(_ field: Value.Field) throws(HostError) -> Double {
        guard let seconds = field.value.doubleValue, seconds > 0, seconds <= longestTimeout else {
            throw wrong(field, "seconds above 0 and up to \(longestTimeout.shown)")
        }
        return seconds
    }

    private static func integer(_ field: Value.Field, _ range: ClosedRange<Int>) throws(HostError) -> Int {
        guard let integer = field.value.integerValue.flatMap({ Int(exactly: $0) }), range.contains(integer) else {
            throw wrong(field, "a whole number from \(range.lowerBound) to \(range.upperBound.grouped)")
        }
        return integer
    }

    private static func headers(_ table: Value) throws(HostError) -> [WebHeader] {
        guard table == .emptyTable || !table.fields.isEmpty else {
            throw wrong(.init("headers", table), "a table such as { [\"Accept\"] = \"text/plain\" }")
        }
        var headers: [WebHeader] = []
        for field in table.fields {
            guard !field.key.isEmpty, field.key.utf8.allSatisfy(isTokenByte) else {
                throw HostError(.invalidArgument, "\(Value.string(field.key).shown()) is no name for a header")
            }
            guard !reserved.contains(field.key.lowercased()) else {
                throw HostError(.invalidArgument, "the header '\(field.key)' is set by the host itself: leave it out")
            }
            let values = if case .array(let list) = field.value { list } else { [field.value] }
            for value in values { headers.append(WebHeader(field.key, try headerText(value, field.key))) }
        }
        return headers
    }

    private static func headerText(_ value: Value, _ name: String) throws(HostError) -> String {
        let text = try plainText(value, in: "the header '\(name)'")
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw HostError(.invalidArgument, "the header '\(name)' has a line end or another control character in it")
        }
        return text
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func plainText(_ value: Value, in place: String) throws(HostError) -> String {
        switch value {
        case .string(let text): return text
        case .integer(let integer): return String(integer)
        case .number(let number): return number.shown
        case .boolean(let flag): return flag ? "true" : "false"
        default:
            throw HostError(
                .invalidArgument,
                "\(place) is \(value.shown()); expected a string, a number or a boolean, or a list of them")
        }
    }

    /// The address with the pairs added, in the alphabet's order; a list stands for several pairs of one name.
    private static func address(_ url: String, with query: Value) throws(HostError) -> String {
        guard query == .emptyTable || !query.fields.isEmpty else {
            throw wrong(.init("query", query), "a table such as { page = 2 }")
        }
        var pairs: [String] = []
        for field in query.fields.sorted(by: { $0.key < $1.key }) {
            let values = if case .array(let list) = field.value { list } else { [field.value] }
            for value in values {
                let text = try plainText(value, in: "the query's '\(field.key)'")
                pairs.append("\(escape(field.key))=\(escape(text))")
            }
        }
        guard !pairs.isEmpty else { return url }
        let address = url.prefix { $0 != "#" }
        let separator = !address.contains("?") ? "?" : address.hasSuffix("?") || address.hasSuffix("&") ? "" : "&"
        return address + separator + pairs.joined(separator: "&")
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default: escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return escaped
    }
}
