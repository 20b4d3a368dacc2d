import Model

/// The way in for a browser, which cannot put the token on every request: a cookie that proves that the token was shown.
///
/// The cookie holds the second at which it ends, and a code over that which only a holder of the token can make. So it
/// outlives the host, nothing is kept for it, and a new token ends them all. Its name tells the port, because browsers send
/// a machine's cookies to all of its ports.
struct BrowserSession: Sendable {
    /// How long a login counts, in seconds: seven days.
    static let life: Int64 = 7 * 86_400
    /// Ample for what is made here.
    private static let longest = 200

    private let name: String
    private let token: [UInt8]
    private let clock: any HostClock

    init(token: String, port: UInt16, clock: any HostClock) {
        name = "lunad-\(port)"
        self.token = Array(token.utf8)
        self.clock = clock
    }

    /// The `Set-Cookie` header for one who has shown the token; nil for a wrong one.
    func open(with shown: String) -> HTTPResponse.Header? {
        guard ConstantTime.isSame(Array(shown.utf8), token) else { return nil }
        let end = now + Self.life
        return header("\(end).\(code(for: end))", life: Self.life)
    }

    /// The `Set-Cookie` header that makes a browser forget.
    var closing: HTTPResponse.Header { header("", life: 0) }

    /// Whether a request's `Cookie` header holds one that was made here and has not ended.
    func accepts(_ cookies: String?) -> Bool {
        for cookie in cookies?.split(separator: ";") ?? [] {
            let sides = cookie.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, sides[0].drop(while: { $0 == " " }) == name, sides[1].utf8.count < Self.longest
            else { continue }
            let parts = sides[1].split(separator: ".", maxSplits: 1)
            guard parts.count == 2, let end = Int64(parts[0]), now < end, end <= now + Self.life else { continue }
            if ConstantTime.isSame(Array(parts[1].utf8), Array(code(for: end).utf8)) { return true }
        }
        return false
    }

    private var now: Int64 { clock.now().milliseconds / 1_000 }

    private func code(for end: Int64) -> String {
        SHA256.text(of: SHA256.authenticate(Array("\(name) until \(end)".utf8), key: token))
    }

    private func header(_ value: String, life: Int64) -> HTTPResponse.Header {
        HTTPResponse.Header(
            name: "Set-Cookie", value: "\(name)=\(value); Path=/; Max-Age=\(life); HttpOnly; SameSite=Strict")
    }
}
