import Model

/// A request that has arrived in full.
struct HTTPRequest: Sendable {
    var method: String
    /// The path and query as sent.
    var target: String
    /// By name in lower case; of a repeated header the first counts.
    var headers: [String: String]
    var body: [UInt8]

    init(method: String, target: String, headers: [String: String] = [:], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }
}

/// What a request is for: the path's parts and the query's pairs, decoded.
struct RequestTarget: Sendable, Hashable {
    /// A slash that was sent as `%2F` stays inside its part.
    var path: [String]
    var query: [Pair]

    struct Pair: Sendable, Hashable {
        var name: String
        var value: String
    }

    /// Throws `invalidArgument` for escapes that are none, for text that is not UTF-8, and for NUL.
    init(_ target: String) throws(HostError) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = halves.first, first.hasPrefix("/") else {
            throw HostError(.invalidArgument, "the request's path does not begin with a slash")
        }
        var path: [String] = []
        for part in first.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            path.append(try Self.decode(part, plusIsSpace: false))
        }
        var query: [Pair] = []
        for part in halves.dropFirst().first?.split(separator: "&") ?? [] {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query.append(
                Pair(
                    name: try Self.decode(sides[0], plusIsSpace: true),
                    value: sides.count > 1 ? try Self.decode(sides[1], plusIsSpace: true) : ""))
        }
        self.path = path
        self.query = query
    }

    private static func decode(_ text: Substring, plusIsSpace: Bool) throws(HostError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                    throw HostError(.invalidArgument, "the address holds a % that is not followed by two hex digits")
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard !bytes.contains(0) else { throw HostError(.invalidArgument, "the address holds a NUL") }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw HostError(.invalidArgument, "the address is not UTF-8")
        }
        return decoded
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
