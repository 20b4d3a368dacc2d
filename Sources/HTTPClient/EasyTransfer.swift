import CCurl
import Model

/// One request and its answer in libcurl's hands; a redirect is another one.
///
/// It belongs to the loop's thread, on which libcurl calls back too.
final class EasyTransfer {
    /// The most bytes that an answer's headers may have.
    private static let headerLimit = 256 << 10

    let raw: UnsafeMutableRawPointer
    private var lines: UnsafeMutablePointer<curl_slist>?
    /// libcurl's own words for what went wrong.
    private let reason = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private let bodyLimit: Int
    private var headerBytes = 0
    private(set) var headers: [WebHeader] = []
    private(set) var body: [UInt8] = []
    /// What it would not take any more.
    private(set) var excess: Excess?

    enum Excess {
        case headers
        case body
    }

    /// `left` is what the whole request still has of its time.
    init(
        _ request: WebRequest, _ method: WebRequest.Method, _ address: WebAddress, headers: [WebHeader], body: [UInt8]?,
        left: Duration
    ) throws(HostError) {
        guard let raw = lunad_curl_easy_init() else {
            throw HostError(.unavailable, "libcurl has no memory for a request")
        }
        self.raw = raw
        bodyLimit = request.bodyLimit
        reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        set(CURLOPT_URL, address.text)
        setLimits(request, left)
        setMethod(method, body)
        setHeaders(headers)
        receive()
    }

    deinit {
        lunad_curl_easy_cleanup(raw)
        lunad_curl_slist_free_all(lines)
        reason.deallocate()
    }

    private func set(_ option: CURLoption, _ text: String) { _ = lunad_curl_set_text(raw, option, text) }
    private func set(_ option: CURLoption, _ number: Int) { _ = lunad_curl_set_number(raw, option, number) }

    private func setLimits(_ request: WebRequest, _ left: Duration) {
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let authorities = request.authorities { set(CURLOPT_CAINFO, authorities) }
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        set(CURLOPT_TIMEOUT_MS, left.atLeastOneMillisecond)
        set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.atLeastOneMillisecond)
        set(CURLOPT_NOSIGNAL, 1)
        // The end of a request does not wait for the look-up of its host's address.
        set(CURLOPT_QUICK_EXIT, 1)
        // Every packing that libcurl knows; what is unpacked is measured.
        set(CURLOPT_ACCEPT_ENCODING, "")
        _ = lunad_curl_set_pointer(raw, CURLOPT_ERRORBUFFER, reason)
    }

    private func setMethod(_ method: WebRequest.Method, _ body: [UInt8]?) {
        if let body {
            _ = lunad_curl_set_size(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            body.withUnsafeBytes { bytes in
                // An empty body is one, too.
                var nothing: UInt8 = 0
                let start = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0) }
                withUnsafeMutablePointer(to: &nothing) { nothing in
                    _ = lunad_curl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, start ?? UnsafeMutableRawPointer(nothing))
                }
            }
        }
        if method == .head { set(CURLOPT_NOBODY, 1) }
        if method != .head, method != (body == nil ? .get : .post) { set(CURLOPT_CUSTOMREQUEST, method.rawValue) }
    }

    private func setHeaders(_ headers: [WebHeader]) {
        // A body is sent at once, without asking whether it is welcome.
        var texts = ["Expect:"]
        // libcurl writes a header without a value with a semicolon.
        texts += headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        if !headers.contains(where: { $0.name.lowercased() == "user-agent" }) {
            texts.append("User-Agent: lunad/\(LunadVersion.current)")
        }
        for text in texts { lines = lunad_curl_slist_append(lines, text) ?? lines }
        _ = lunad_curl_set_pointer(raw, CURLOPT_HTTPHEADER, lines)
    }

    // MARK: - Receiving

    private func receive() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = lunad_curl_set_pointer(raw, CURLOPT_WRITEDATA, context)
        _ = lunad_curl_set_pointer(raw, CURLOPT_HEADERDATA, context)
        _ = lunad_curl_set_writer(raw) { bytes, size, count, context in
            EasyTransfer.take(bytes, size * count, context) { $0.take(body: $1) }
        }
        _ = lunad_curl_set_header_reader(raw) { bytes, size, count, context in
            EasyTransfer.take(bytes, size * count, context) { $0.take(header: $1) }
        }
    }

    private static func take(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ body: (EasyTransfer, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context else { return 0 }
        let transfer = Unmanaged<EasyTransfer>.fromOpaque(context).takeUnretainedValue()
        return body(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
    }

    private func take(body piece: UnsafeRawBufferPointer) -> Bool {
        guard body.count + piece.count <= bodyLimit else {
            excess = .body
            return false
        }
        body.append(contentsOf: piece)
        return true
    }

    private func take(header line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.headerLimit else {
            excess = .headers
            return false
        }
        let text = String(decoding: line, as: UTF8.self)
        // A status line begins an answer; what came before it was provisional, or a proxy's.
        if text.hasPrefix("HTTP/") { headers = [] }
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex, !text.hasPrefix("HTTP/") else {
            return true
        }
        headers.append(
            WebHeader(text[..<colon].lowercased(), String(text[text.index(after: colon)...].trimmed)))
        return true
    }

    // MARK: - What came of it

    var status: Int {
        var status = 0
        _ = lunad_curl_get_number(raw, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    /// libcurl's words for the failure.
    func reason(of code: CURLcode) -> String {
        let detail = String(cString: reason)
        return detail.isEmpty ? String(cString: lunad_curl_easy_strerror(code)) : detail
    }

    /// The body, which is not kept here any more.
    func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }
}

extension Substring {
    /// Without the white space around it; what ends a line counts.
    fileprivate var trimmed: Substring {
        let start = drop { $0.isWhitespace }
        return start.lastIndex { !$0.isWhitespace }.map { start[...$0] } ?? ""
    }
}

extension Duration {
    /// Milliseconds, of which libcurl takes none to mean for ever.
    fileprivate var atLeastOneMillisecond: Int { Int(Swift.max(1, wholeNanoseconds / 1_000_000)) }
}
