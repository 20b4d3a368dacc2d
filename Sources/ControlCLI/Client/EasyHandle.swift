import CCurl
import Model

/// One transfer of libcurl's; blocks the thread that performs it.
final class EasyHandle {
    /// Takes a piece of the body; false ends the transfer.
    typealias Sink = (UnsafeRawBufferPointer) -> Bool

    private final class Receiver {
        let sink: Sink
        init(_ sink: @escaping Sink) { self.sink = sink }
    }

    private let raw: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?

    init() throws(HostError) {
        if let problem = lunad_curl_load() { throw HostError(.unavailable, String(cString: problem)) }
        guard let raw = lunad_curl_easy_init() else {
            throw HostError(.unavailable, "libcurl has no memory for a request")
        }
        self.raw = raw
        set(CURLOPT_NOSIGNAL, 1)
    }

    deinit {
        lunad_curl_slist_free_all(headers)
        lunad_curl_easy_cleanup(raw)
    }

    func set(_ option: CURLoption, _ text: String) { _ = lunad_curl_set_text(raw, option, text) }

    func set(_ option: CURLoption, _ number: Int) { _ = lunad_curl_set_number(raw, option, number) }

    func add(header: String) { headers = lunad_curl_slist_append(headers, header) }

    /// Does the transfer, giving the body to `sink`; the status of the answer. Throws what stopped it.
    func perform(_ sink: @escaping Sink) throws(Failure) -> Int {
        let receiver = Receiver(sink)
        _ = lunad_curl_set_pointer(raw, CURLOPT_HTTPHEADER, headers)
        _ = lunad_curl_set_writer(raw) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue().sink(piece) ? piece.count : 0
        }
        let code = withExtendedLifetime(receiver) {
            _ = lunad_curl_set_pointer(raw, CURLOPT_WRITEDATA, Unmanaged.passUnretained(receiver).toOpaque())
            return lunad_curl_easy_perform(raw)
        }
        guard code == CURLE_OK else { throw Failure(code: code) }
        var status = 0
        _ = lunad_curl_get_number(raw, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    /// Why a transfer did not come to its end.
    struct Failure: Error {
        let code: CURLcode

        /// Nobody listens there.
        var isUnreachable: Bool { code == CURLE_COULDNT_CONNECT }
        var isTimeout: Bool { code == CURLE_OPERATION_TIMEDOUT }
        /// The sink said that it has had enough.
        var wasStopped: Bool { code == CURLE_WRITE_ERROR }
        var description: String { String(cString: lunad_curl_easy_strerror(code)) }
    }
}
