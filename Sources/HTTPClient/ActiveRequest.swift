import CCurl
import Model

/// A request under way, from its first connection to its last.
///
/// It belongs to the loop's thread.
final class ActiveRequest {
    enum Outcome {
        case answer(WebAnswer)
        /// Its address has changed: another connection is to be made.
        case redirect
    }

    /// Headers that only the first origin is to see.
    private static let secrets: Set<String> = ["authorization", "cookie", "proxy-authorization"]

    let pending: PendingRequest
    var transfer: EasyTransfer?
    private var address: WebAddress
    private var method: WebRequest.Method
    private var headers: [WebHeader]
    private var body: [UInt8]?
    private var redirects = 0

    init(_ pending: PendingRequest) throws(HostError) {
        self.pending = pending
        address = try WebAddress(pending.url)
        method = pending.request.method
        headers = pending.request.headers
        body = pending.request.body
    }

    private var shown: String { "\(method.rawValue) \(address.shown)" }

    func makeTransfer(now: MonotonicTime) throws(HostError) -> EasyTransfer {
        let left = pending.deadline - now
        guard left > .zero else { throw timedOut() }
        let transfer = try EasyTransfer(
            pending.request, method, address, headers: headers, body: body, left: left)
        self.transfer = transfer
        return transfer
    }

    /// What came of the connection.
    func outcome(_ code: CURLcode, now: MonotonicTime) throws(HostError) -> Outcome {
        guard let transfer else { throw HostError(.internal, "\(shown) has ended before") }
        guard code == CURLE_OK else { throw failure(code, transfer, now) }
        let answer = WebAnswer(
            status: transfer.status, headers: transfer.headers, body: transfer.takeBody(), url: address.text,
            seconds: (now - pending.began).inSeconds)
        guard pending.request.redirects > 0, let location = answer.header("location"), Self.isRedirect(answer.status)
        else { return .answer(answer) }
        try redirect(answer.status, to: location)
        return .redirect
    }

    private static func isRedirect(_ status: Int) -> Bool { [301, 302, 303, 307, 308].contains(status) }

    private func redirect(_ status: Int, to location: String) throws(HostError) {
        redirects += 1
        guard redirects <= pending.request.redirects else {
            throw HostError(
                .limitExceeded,
                "\(pending.shown) was redirected more than \(pending.request.redirects) times, at last by \(address.shown)"
            )
        }
        let next = try follow(location)
        let isOtherOrigin = next.target != address.target
        // As browsers do it: what is to be looked at elsewhere is got there.
        if status == 303 && method != .head || status < 303 && method == .post {
            method = .get
            body = nil
            headers.removeAll { $0.name.lowercased().hasPrefix("content-") }
        }
        if isOtherOrigin { headers.removeAll { Self.secrets.contains($0.name.lowercased()) } }
        address = next
    }

    private func follow(_ location: String) throws(HostError) -> WebAddress {
        do throws(HostError) {
            let next = try address.resolving(location)
            try pending.request.permit(next.target)
            return next
        } catch {
            throw HostError(error.code, "\(shown) was redirected: \(error.description)")
        }
    }

    // MARK: - Failures

    private func timedOut() -> HostError {
        HostError(
            .timeout,
            "\(shown) timed out: there was no whole answer within \(pending.request.timeout.inSeconds.shown) s")
    }

    private func failure(_ code: CURLcode, _ transfer: EasyTransfer, _ now: MonotonicTime) -> HostError {
        switch transfer.excess {
        case .body?:
            return HostError(
                .limitExceeded,
                "the answer to \(shown) is larger than the \(pending.request.bodyLimit.grouped) bytes that max_bytes allows"
            )
        case .headers?: return HostError(.limitExceeded, "the headers of the answer to \(shown) are too large")
        case nil: break
        }
        let cause = transfer.reason(of: code)
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            if now + .milliseconds(2) < pending.deadline {
                return HostError(
                    .timeout,
                    "\(shown) timed out: no connection within \(pending.request.connectTimeout.inSeconds.shown) s")
            }
            return timedOut()
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
            return HostError(.unavailable, "\(shown): the server cannot be reached", cause: cause)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return HostError(.unavailable, "\(shown): no connection that can be trusted", cause: cause)
        default:
            return HostError(.io, "\(shown) failed", cause: cause)
        }
    }
}
