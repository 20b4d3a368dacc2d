/// A request that a script sends, as the port takes it: complete, and bounded in every way.
package struct WebRequest: Sendable {
    package enum Method: String, Sendable, Hashable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"
    }

    package var method: Method
    /// `http://…` or `https://…`; what an address cannot hold as it is, such as a space, is escaped.
    package var url: String
    package var headers: [WebHeader]
    /// Nil for a request without one.
    package var body: [UInt8]?
    /// For the whole of it: the wait for a place, every redirect, the answer's last byte.
    package var timeout: Duration
    /// For one connection, its TLS included.
    package var connectTimeout: Duration
    /// How many redirects are followed; with 0 the redirect itself is the answer.
    package var redirects: Int
    /// The most bytes that the answer's body may have, unpacked.
    package var bodyLimit: Int
    /// The authorities that may vouch for the server, in a PEM file, instead of the system's.
    package var authorities: String?
    /// Asked before each connection, a redirect's too; throws why it may not be made. Any thread.
    package var permit: @Sendable (WebTarget) throws(HostError) -> Void

    package init(
        _ method: Method, _ url: String, headers: [WebHeader] = [], body: [UInt8]? = nil,
        timeout: Duration = .seconds(30), connectTimeout: Duration = .seconds(10), redirects: Int = 5,
        bodyLimit: Int = 8 << 20, authorities: String? = nil,
        permit: @escaping @Sendable (WebTarget) throws(HostError) -> Void
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.redirects = redirects
        self.bodyLimit = bodyLimit
        self.authorities = authorities
        self.permit = permit
    }
}

/// One header line of a request or an answer.
package struct WebHeader: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Where a connection leads.
package struct WebTarget: Sendable, Hashable {
    /// `http` or `https`.
    package var scheme: String
    /// In small letters, without a final dot; a literal IPv6 address stands in brackets.
    package var host: String
    package var port: Int

    package init(scheme: String, host: String, port: Int) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// The port that an address of this scheme means when it names none.
    package var isUsualPort: Bool { port == (scheme == "https" ? 443 : 80) }
}
