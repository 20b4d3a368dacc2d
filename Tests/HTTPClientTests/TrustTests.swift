import Glibc
import Model
import Platform
import TestServer
import Testing

@testable import HTTPClient

@Suite("Trust in servers", .serialized)
struct TrustTests {
    @Test("a certificate that nobody vouches for is refused; one that the given file vouches for is not")
    func authorities() async throws {
        let server = try await TLSServer()
        defer { server.end() }
        let client = HTTPClient()
        let refusal = await client.error("https://localhost:\(server.port)/")
        #expect(refusal?.code == .unavailable)
        #expect(refusal?.message.hasSuffix("no connection that can be trusted") == true)
        #expect(refusal?.cause?.lowercased().contains("certificate") == true)
        let answer = try await client.ask("https://localhost:\(server.port)/", authorities: server.certificate)
        #expect(answer.status == 200)
        // The certificate is for localhost.
        let wrongName = await client.error("https://127.0.0.1:\(server.port)/", authorities: server.certificate)
        #expect(wrongName?.code == .unavailable)
        // What was trusted once is not trusted without the file.
        #expect(await client.error("https://localhost:\(server.port)/")?.code == .unavailable)
    }

    @Test("a server without TLS is not spoken to in clear text")
    func plain() async throws {
        let server = try TestServer { _ in .text("clear") }
        let error = await HTTPClient().error("https://127.0.0.1:\(server.port)/")
        #expect(error?.code == .unavailable)
        #expect(server.requests.isEmpty)
    }
}
