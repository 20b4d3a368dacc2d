import Glibc
import Model
import Platform
import Testing

/// A client that sends what it is told, byte for byte.
final class RawClient: Sendable {
    private let descriptor: Int32
    private static let pool = try? BlockingPool(name: "raw-client", maxThreads: 32)

    init(unix path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        let place = try SocketPath(path)
        var address = place.address
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw HostError.system(errno, "cannot connect to \(path)") }
        limitWaits()
    }

    /// From this address of the machine's own.
    init(port: UInt16, from source: String = "127.0.0.1") throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        if source != "127.0.0.1" { try bind(to: source) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw HostError.system(errno, "cannot connect to port \(port)") }
        limitWaits()
    }

    deinit { close(descriptor) }

    private func bind(to source: String) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, source, &address.sin_addr)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw HostError.system(errno, "cannot use the address \(source)") }
    }

    /// Whether the other side has closed; what it sent before stays to be read.
    var isClosedByPeer: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    private func limitWaits() {
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Sends as much as the other side takes; false when it no longer takes anything.
    @discardableResult
    func send(_ bytes: some Collection<UInt8> & Sendable) async throws -> Bool {
        let descriptor = descriptor
        let all = Array(bytes)
        return try await #require(Self.pool).run { () throws(HostError) in
            var rest = all[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Reads until `isEnough` of what has come, or until the other side closes.
    func receive(until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }) async throws -> String {
        let descriptor = descriptor
        return try await #require(Self.pool).run { () throws(HostError) in
            var got: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while !isEnough(String(decoding: got, as: UTF8.self)) {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                if count < 0, errno == EAGAIN {
                    throw HostError(.timeout, "waited a minute for an answer; got \(got.count) bytes")
                }
                if count <= 0 { break }
                got += buffer[..<count]
            }
            return String(decoding: got, as: UTF8.self)
        }
    }

    /// One request on this connection, and its answer.
    func request(
        _ method: String, _ target: String, headers: [String] = [], body: String? = nil
    ) async throws -> RawAnswer {
        var text = "\(method) \(target) HTTP/1.1\r\n"
        if !headers.contains(where: { $0.hasPrefix("Host:") }) { text += "Host: lunad\r\n" }
        for header in headers { text += header + "\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await send(text + "\r\n" + (body ?? ""))
        return RawAnswer(try await receive { RawAnswer($0).isComplete })
    }
}

/// An answer as it came.
struct RawAnswer: Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    private var parts: [String] {
        text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    }

    var head: String { parts.first ?? "" }
    var body: String { parts.count > 1 ? parts[1] : "" }
    var status: Int { head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }

    func header(_ name: String) -> String? {
        for line in head.split(separator: "\r\n") {
            let sides = line.split(separator: ":", maxSplits: 1)
            if sides.count == 2, sides[0].lowercased() == name { return sides[1].drop { $0 == " " }.description }
        }
        return nil
    }

    var isComplete: Bool {
        guard parts.count > 1 else { return false }
        if status == 204 { return true }
        return header("content-length").flatMap { Int($0) }.map { body.utf8.count >= $0 } ?? false
    }

    var json: Value? { try? JSON.decode(body) }
    var detail: String { json?["detail"]?.stringValue ?? "" }
}
