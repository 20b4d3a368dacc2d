import Model

/// Who may use a listener.
///
/// The Unix socket is its owner's alone by its mode. On TCP anybody on the machine, and any page in a browser there, can
/// knock: so each request needs the token or a browser's cookie, a `Host` that is this listener's own (a name rebound to it
/// is refused), and, from a browser, an `Origin` that is.
struct AccessRules: Sendable {
    private enum Kind: Sendable {
        case owner
        case token([UInt8], hosts: Set<String>, session: BrowserSession)
    }

    /// Where a browser shows the token.
    static let login = "/api/login"
    /// Answered to anyone: that the process lives, and the page, which holds no data.
    private static let openPaths: Set<String> = ["/health", "/", login]
    private static let readingMethods: Set<String> = ["GET", "HEAD", "OPTIONS"]

    private let kind: Kind

    /// Whether anybody can knock: then clients are counted by their addresses.
    var isOpenToAnybody: Bool {
        if case .token = kind { true } else { false }
    }

    static let owner = AccessRules(kind: .owner)

    /// `hosts` are the values of `Host` that mean this listener, port included.
    static func token(_ token: String, hosts: Set<String>, session: BrowserSession) -> AccessRules {
        AccessRules(kind: .token(Array(token.utf8), hosts: hosts, session: session))
    }

    /// Why a request with these headers is turned away; nil when it may pass.
    func refusal(method: String, target: String, headers: [String: String]) -> Problem? {
        guard case .token(let token, let hosts, let session) = kind else { return nil }
        guard let host = headers["host"]?.lowercased(), hosts.contains(host) else {
            return Self.forbidden("the Host header names no host that is served here")
        }
        if let origin = headers["origin"]?.lowercased(), !hosts.contains(where: { origin == "http://\($0)" }) {
            return Self.forbidden("pages of other origins may not use this host's API")
        }
        if Self.isOpen(target.split(separator: "?").first.map(String.init) ?? "") { return nil }
        if let given = Self.bearer(headers["authorization"]), ConstantTime.isSame(given, token) { return nil }
        if session.accepts(headers["cookie"]) { return Self.refusalOfCookie(method: method, headers: headers) }
        return Problem(
            status: 401, code: "unauthorized", detail: "send the token that 'lunad token' shows as a bearer token",
            headers: [HTTPResponse.Header(name: "WWW-Authenticate", value: "Bearer realm=\"lunad\"")])
    }

    /// A browser adds the cookie to whatever a page asks for, also to what a page of another port of this machine does: so
    /// the request has to be the page's own, and one that changes something has to say so by its origin.
    private static func refusalOfCookie(method: String, headers: [String: String]) -> Problem? {
        if let site = headers["sec-fetch-site"], site != "same-origin", site != "none" {
            return forbidden("pages of other origins may not use this host's API")
        }
        if !readingMethods.contains(method), headers["origin"] == nil {
            return forbidden("a change that is asked for with a cookie needs an Origin header")
        }
        return nil
    }

    private static func isOpen(_ path: String) -> Bool { openPaths.contains(path) || path.hasPrefix("/assets/") }

    private static func forbidden(_ detail: String) -> Problem {
        Problem(status: 403, code: "forbidden", detail: detail)
    }

    private static func bearer(_ header: String?) -> [UInt8]? {
        guard let header, header.lowercased().hasPrefix("bearer ") else { return nil }
        return Array(header.dropFirst("bearer ".count).utf8)
    }
}
