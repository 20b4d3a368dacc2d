import CCurl
import Model

/// An address as libcurl itself will read it, so that what is granted is what is connected to.
final class WebAddress {
    private let handle: OpaquePointer

    /// Throws `invalidArgument` for what is no address of http or https, and `unavailable` without libcurl, which
    /// the first address of the process loads.
    convenience init(_ text: String) throws(HostError) {
        if let problem = lunad_curl_load() { throw HostError(.unavailable, String(cString: problem)) }
        guard let handle = lunad_curl_url() else { throw HostError(.internal, "libcurl has no memory for an address") }
        try self.init(taking: handle, text)
    }

    /// Where `location`, a redirect's word, leads from here; it may be relative.
    func resolving(_ location: String) throws(HostError) -> WebAddress {
        guard let copy = lunad_curl_url_dup(handle) else {
            throw HostError(.internal, "libcurl has no memory for an address")
        }
        return try WebAddress(taking: copy, location)
    }

    private init(taking handle: OpaquePointer, _ text: String) throws(HostError) {
        self.handle = handle
        // What follows a zero byte would be left out in silence.
        let code =
            text.utf8.contains(0) ? CURLUE_BAD_HANDLE : lunad_curl_url_set(handle, CURLUPART_URL, text, Self.escaping)
        guard code == CURLUE_OK, let scheme = part(CURLUPART_SCHEME), scheme == "http" || scheme == "https",
            let host = part(CURLUPART_HOST), !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw HostError(
                .invalidArgument,
                "\(Value.string(text).shown()) is no address for a request: "
                    + "expected http:// or https://, a host in ASCII, and a path")
        }
    }

    deinit { lunad_curl_url_cleanup(handle) }

    private static let escaping = UInt32(CURLU_URLENCODE)

    private func part(_ what: CURLUPart, _ flags: Int32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard lunad_curl_url_get(handle, what, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
        defer { lunad_curl_free(text) }
        return String(cString: text)
    }

    /// The whole of it, without a fragment, which servers are not sent.
    var text: String {
        let whole = part(CURLUPART_URL) ?? ""
        return String(whole.prefix { $0 != "#" })
    }

    var target: WebTarget {
        var host = (part(CURLUPART_HOST) ?? "").lowercased()
        if host.hasSuffix(".") { host.removeLast() }
        let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT).flatMap { Int($0) } ?? 0
        return WebTarget(scheme: part(CURLUPART_SCHEME) ?? "", host: host, port: port)
    }

    /// For messages: without a name, a password and a query, which may be secret.
    var shown: String {
        let target = target
        let port = target.isUsualPort ? "" : ":\(target.port)"
        return "\(target.scheme)://\(target.host)\(port)\(part(CURLUPART_PATH) ?? "/")"
    }
}
