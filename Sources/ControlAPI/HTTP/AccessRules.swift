import Model

/// Who may use a listener.
///
/// The Unix socket is its owner's alone by its mode. On TCP anybody on the machine, and any page in a browser there, can
/// knock: so each request needs the token, a `Host` that is this listener's own (a name rebound to it is refused), and,
/// from a browser, an `Origin` that is.
struct AccessRules: Sendable {
    private enum Kind: Sendable {
        case owner
        case token([UInt8], hosts: Set<String>)
    }

    /// Answered to anyone: it tells only that the process lives.
    private static let openPaths: Set<String> = ["/health"]

    private let kind: Kind

    /// Whether anybody can knock: then clients are counted by their addresses.
    var isOpenToAnybody: Bool {
        if case .token = kind { true } else { false }
    }

    static let owner = AccessRules(kind: .owner)

    /// `hosts` are the values of `Host` that mean this listener, port included.
    static func token(_ token: String, hosts: Set<String>) -> AccessRules {
        AccessRules(kind: .token(Array(token.utf8), hosts: hosts))
    }

    /// Why a request with these headers is turned away; nil when it may pass.
    func refusal(target: String, headers: [String: String]) -> Problem? {
        guard case .token(let token, let hosts) = kind else { return nil }
        guard let host = headers["host"]?.lowercased(), hosts.contains(host) else {
            return Problem(status: 403, code: "forbidden", detail: "the Host header names no host that is served here")
        }
        if let origin = headers["origin"]?.lowercased(), !hosts.contains(where: { origin == "http://\($0)" }) {
            return Problem(
                status: 403, code: "forbidden", detail: "pages of other origins may not use this host's API")
        }
        if Self.openPaths.contains(target.split(separator: "?").first.map(String.init) ?? "") { return nil }
        if let given = Self.bearer(headers["authorization"]), Self.isSame(given, token) { return nil }
        return Problem(
            status: 401, code: "unauthorized", detail: "send the token that 'lunad token' shows as a bearer token",
            headers: [HTTPResponse.Header(name: "WWW-Authenticate", value: "Bearer realm=\"lunad\"")])
    }

    private static func bearer(_ header: String?) -> [UInt8]? {
        guard let header, header.lowercased().hasPrefix("bearer ") else { return nil }
        return Array(header.dropFirst("bearer ".count).utf8)
    }

    /// Compares in a time that tells nothing of where the two differ.
    private static func isSame(_ given: [UInt8], _ token: [UInt8]) -> Bool {
        guard given.count == token.count else { return false }
        return zip(given, token).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
