import Glibc
import Platform
import Synchronization

/// A small HTTP/1.1 server on this machine, with one thread a connection, for tests of those who send requests.
///
/// What it answers is the test's own; it ends with the value.
package final class TestServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// Path and query.
        package var target: String
        /// Names in small letters.
        package var headers: [String: String]
        package var body: [UInt8]

        package var path: String { String(target.prefix { $0 != "?" }) }
    }

    package enum Reply: Sendable {
        case answer(status: Int = 200, headers: [(String, String)] = [], body: [UInt8] = [])
        /// These bytes as they are, and the end of the connection.
        case raw([UInt8])
        /// A status line, then this piece again and again until the client has had enough.
        case endless([UInt8])
        /// Nothing until the client goes away.
        case silence

        package static func text(_ text: String, status: Int = 200, headers: [(String, String)] = []) -> Reply {
            .answer(status: status, headers: headers, body: Array(text.utf8))
        }

        package static func redirect(_ status: Int, to location: String) -> Reply {
            .answer(status: status, headers: [("Location", location)])
        }
    }

    private struct State {
        var requests: [Request] = []
        var connections = 0
        /// Clients that went away while they were waiting for an answer.
        var abandoned = 0
        var open: Set<Int32> = []
        var isClosed = false
    }

    private let descriptor: Int32
    package let port: Int
    private let state = Mutex(State())
    private let handler: @Sendable (Request) -> Reply

    /// Listens on a free port of 127.0.0.1. Throws when the system refuses.
    package init(_ handler: @escaping @Sendable (Request) -> Reply) throws {
        self.handler = handler
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && listen(descriptor, 1_024) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw Refusal(code: errno) }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        try start()
    }

    package struct Refusal: Error {
        package let code: Int32
    }

    deinit { close() }

    package func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    package var requests: [Request] { state.withLock { $0.requests } }
    package var connections: Int { state.withLock { $0.connections } }
    package var abandoned: Int { state.withLock { $0.abandoned } }

    /// Takes no more connections and breaks those that are open.
    package func close() {
        let open = state.withLock { state -> Set<Int32>? in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            return state.open
        }
        guard let open else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
        for connection in open { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    // MARK: - Threads

    private func start() throws {
        let listener = descriptor
        try NativeThread.start(name: "test-server") { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                guard let self, self.admit(connection) else {
                    Glibc.close(connection)
                    break
                }
                let isStarted: Void? = try? NativeThread.start(name: "test-client", stackSize: 128 << 10) {
                    [weak self] in
                    self?.serve(connection)
                    Glibc.close(connection)
                }
                if isStarted == nil { Glibc.close(connection) }
            }
            Glibc.close(listener)
        }
    }

    private func admit(_ connection: Int32) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.connections += 1
            state.open.insert(connection)
            return true
        }
    }

    private func serve(_ connection: Int32) {
        var reader = RequestReader(connection)
        while let request = reader.next() {
            state.withLock { $0.requests.append(request) }
            guard write(handler(request), to: request, on: connection) else { break }
        }
        _ = state.withLock { $0.open.remove(connection) }
    }

    /// Whether the connection goes on.
    private func write(_ reply: Reply, to request: Request, on connection: Int32) -> Bool {
        switch reply {
        case .answer(let status, let headers, let body):
            var head = "HTTP/1.1 \(status) Said\r\n"
            for (name, value) in headers { head += "\(name): \(value)\r\n" }
            if !headers.contains(where: { $0.0.lowercased() == "content-length" }) {
                head += "Content-Length: \(body.count)\r\n"
            }
            let isSent = Self.send(Array((head + "\r\n").utf8), on: connection)
            return isSent && (request.method == "HEAD" || Self.send(body, on: connection))
        case .raw(let bytes):
            _ = Self.send(bytes, on: connection)
            return false
        case .endless(let piece):
            _ = Self.send(Array("HTTP/1.1 200 Said\r\n\r\n".utf8), on: connection)
            while Self.send(piece, on: connection) {}
            state.withLock { $0.abandoned += 1 }
            return false
        case .silence:
            var byte: UInt8 = 0
            while recv(connection, &byte, 1, 0) > 0 {}
            state.withLock { $0.abandoned += 1 }
            return false
        }
    }

    private static func send(_ bytes: [UInt8], on connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
