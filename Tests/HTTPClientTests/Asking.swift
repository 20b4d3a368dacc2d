import Model
import Platform
import Synchronization
import Testing

@testable import HTTPClient

extension HTTPClient {
    /// Half a minute: a test that waits longer has failed.
    static let patience = Duration.seconds(30)

    /// Sends a request and waits for what comes of it. Everything is granted unless `permit` says otherwise.
    func ask(
        _ url: String, _ method: WebRequest.Method = .get, headers: [WebHeader] = [], body: [UInt8]? = nil,
        timeout: Duration = patience, redirects: Int = 5, bodyLimit: Int = 8 << 20, authorities: String? = nil,
        permit: @escaping @Sendable (WebTarget) throws(HostError) -> Void = { (_) throws(HostError) in }
    ) async throws(HostError) -> WebAnswer {
        let request = WebRequest(
            method, url, headers: headers, body: body, timeout: timeout, redirects: redirects, bodyLimit: bodyLimit,
            authorities: authorities, permit: permit)
        return try await send(request)
    }

    func send(_ request: WebRequest) async throws(HostError) -> WebAnswer {
        let result: Result<WebAnswer, HostError> = await withCheckedContinuation { continuation in
            do throws(HostError) {
                _ = try send(request) { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    /// The error that came of a request; fails the test when none did.
    func error(
        _ url: String, timeout: Duration = patience, redirects: Int = 5, bodyLimit: Int = 8 << 20,
        authorities: String? = nil, at location: SourceLocation = #_sourceLocation,
        permit: @escaping @Sendable (WebTarget) throws(HostError) -> Void = { (_) throws(HostError) in }
    ) async -> HostError? {
        do throws(HostError) {
            let answer = try await ask(
                url, timeout: timeout, redirects: redirects, bodyLimit: bodyLimit, authorities: authorities,
                permit: permit)
            Issue.record("there was an answer: \(answer.status)", sourceLocation: location)
            return nil
        } catch {
            return error
        }
    }
}

extension WebAnswer {
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// Waits in real time until something is so, and says what never came.
func wait(
    for what: String, at location: SourceLocation = #_sourceLocation, until isSo: () throws -> Bool
) async rethrows {
    let clock = SystemClock()
    let deadline = clock.monotonic() + HTTPClient.patience
    while try !isSo() {
        guard clock.monotonic() < deadline else {
            Issue.record("waited half a minute for \(what)", sourceLocation: location)
            return
        }
        await Task.yield()
    }
}
