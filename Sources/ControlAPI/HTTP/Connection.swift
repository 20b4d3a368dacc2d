import CMicroHTTPD

/// A connection of libmicrohttpd, which owns it.
///
/// Unchecked: suspending and resuming are made for any thread; the rest is called on the server's own thread alone. While
/// a connection is suspended the library does not free it, and each suspension is ended exactly once.
struct Connection: @unchecked Sendable {
    let raw: OpaquePointer

    /// Tells it from the others that are open.
    typealias ID = UInt

    var id: ID { UInt(bitPattern: raw) }
    var client: ClientAddress? { ClientAddress(lunad_mhd_client(raw)) }

    /// Its descriptor, which is the library's.
    var socket: Int32? {
        let socket = lunad_mhd_socket(raw)
        return socket < 0 ? nil : socket
    }

    func suspend() { MHD_suspend_connection(raw) }
    func resume() { MHD_resume_connection(raw) }

    /// How many bytes of a body the request announces; nil when it does not.
    var declaredLength: Int? {
        MHD_lookup_connection_value(raw, .HEADER_KIND, "Content-Length").flatMap { Int(String(cString: $0)) }
    }

    /// The request's headers by name in lower case; of a repeated one the first.
    func headers() -> [String: String] {
        var headers: [String: String] = [:]
        withUnsafeMutablePointer(to: &headers) { pointer in
            _ = MHD_get_connection_values(
                raw, .HEADER_KIND,
                { context, _, name, value in
                    guard let context, let name else { return .YES }
                    let headers = context.assumingMemoryBound(to: [String: String].self)
                    let key = String(cString: name).lowercased()
                    if headers.pointee[key] == nil { headers.pointee[key] = value.map { String(cString: $0) } ?? "" }
                    return .YES
                }, pointer)
        }
        return headers
    }

    /// Hands the response to the library; `stream` is what a response of events is read from.
    func answer(with response: HTTPResponse, stream: EventStream?) -> MHD_Result {
        let status = UInt32(response.status)
        if let kept = response.kept {
            return kept.use({ makeWithHeaders(response, nil) }) { MHD_queue_response(raw, status, $0) } ?? .NO
        }
        guard let made = makeWithHeaders(response, stream) else { return .NO }
        defer { MHD_destroy_response(made) }
        return MHD_queue_response(raw, status, made)
    }

    private func makeWithHeaders(_ response: HTTPResponse, _ stream: EventStream?) -> OpaquePointer? {
        guard let made = make(response, stream) else { return nil }
        for header in response.headers { MHD_add_response_header(made, header.name, header.value) }
        for header in Self.sentUnlessOwn where !response.headers.contains(where: { $0.name == header.name }) {
            MHD_add_response_header(made, header.name, header.value)
        }
        return made
    }

    /// A response may say otherwise.
    private static let sentUnlessOwn = [
        HTTPResponse.Header(name: "Cache-Control", value: "no-store"),
        HTTPResponse.Header(name: "X-Content-Type-Options", value: "nosniff"),
        HTTPResponse.Header(name: "Cross-Origin-Resource-Policy", value: "same-origin"),
    ]
    /// How much of a stream is asked for at a time, in bytes.
    private static let block = 8 << 10

    private func make(_ response: HTTPResponse, _ stream: EventStream?) -> OpaquePointer? {
        switch response.body {
        case .bytes(var bytes):
            return bytes.withUnsafeMutableBytes { buffer in
                MHD_create_response_from_buffer(buffer.count, buffer.baseAddress, .RESPMEM_MUST_COPY)
            }
        case .events:
            guard let stream else { return nil }
            return MHD_create_response_from_callback(
                UInt64.max, Self.block,
                { context, _, buffer, count in
                    guard let context, let buffer else { return EventStream.end }
                    let stream = Unmanaged<EventStream>.fromOpaque(context).takeUnretainedValue()
                    return stream.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: count))
                }, Unmanaged.passRetained(stream).toOpaque(),
                { context in
                    guard let context else { return }
                    Unmanaged<EventStream>.fromOpaque(context).takeRetainedValue().closed()
                })
        }
    }
}
