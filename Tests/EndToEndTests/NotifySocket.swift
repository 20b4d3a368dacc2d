import Glibc
import Testing

/// A datagram socket as a service manager has it, in the abstract namespace.
final class NotifySocket {
    /// What `NOTIFY_SOCKET` is to be.
    let address: String
    private let descriptor: Int32

    init() throws {
        address = "@lunad-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0, "no socket")
        var raw = sockaddr_un()
        raw.sun_family = sa_family_t(AF_UNIX)
        let bytes = [0] + Array(address.utf8.dropFirst())
        withUnsafeMutableBytes(of: &raw.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let bound = withUnsafePointer(to: &raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(bound == 0, "cannot listen at \(address)")
    }

    deinit { close(descriptor) }

    /// The lines of the next message; nil when none is there.
    func next() -> [String]? {
        var buffer = [UInt8](repeating: 0, count: 8_192)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Throws away what has come so far.
    func drain() { while next() != nil {} }

    /// Waits for a message with a line that begins so, passing over others; its lines.
    @discardableResult
    func message(_ start: String) async throws -> [String] {
        try await wait(for: "the service manager is told \(start)") {
            while let lines = next() {
                if lines.contains(where: { $0.hasPrefix(start) }) { return lines }
            }
            return nil
        }
    }
}
