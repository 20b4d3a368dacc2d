import Glibc
import Model
import Testing

@testable import Platform

@Suite("Service manager")
struct ServiceManagerTests {
    @Test("messages arrive at a socket with a path", arguments: [false, true])
    func messages(isAbstract: Bool) throws {
        let folder = try TemporaryFolder()
        let address = isAbstract ? "@\(folder("notify"))" : folder("notify")
        let listener = try NotifyListener(address)
        let manager = try #require(ServiceManager(address: address))
        manager.tell(.ready, .status("1 daemon\nrunning"))
        #expect(listener.next() == "READY=1\nSTATUS=1 daemon running")
        manager.tell(.reloading(since: MonotonicTime(nanoseconds: 5_000_999)))
        #expect(listener.next() == "RELOADING=1\nMONOTONIC_USEC=5000")
        manager.tell(.stopping, .extendTimeout(.seconds(35)))
        #expect(listener.next() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=35000000")
        manager.tell(.alive)
        #expect(listener.next() == "WATCHDOG=1")
    }

    @Test("a manager that does not listen holds nobody up")
    func nobody() throws {
        let folder = try TemporaryFolder()
        let manager = try #require(ServiceManager(address: folder("nobody")))
        manager.tell(.ready)
        let listener = try NotifyListener(folder("nobody"))
        manager.tell(.alive)
        #expect(listener.next() == "WATCHDOG=1", "only what came after it began to listen")
    }

    @Test("signs of life beyond the manager's queue are dropped at once")
    func full() throws {
        let folder = try TemporaryFolder()
        let listener = try NotifyListener(folder("notify"))
        let manager = try #require(ServiceManager(address: folder("notify")))
        let start = SystemClock().monotonic()
        for _ in 0..<10_000 { manager.tell(.alive) }
        #expect(SystemClock().monotonic() - start < .seconds(10))
        #expect(listener.next() == "WATCHDOG=1")
    }

    @Test(
        "an address that is none is refused",
        arguments: ["", "/", "@", "relative", "/" + String(repeating: "a", count: 200)])
    func bad(address: String) {
        #expect(ServiceManager(address: address) == nil)
    }
}

/// A datagram socket as a service manager has it.
final class NotifyListener {
    private let socket: Int32

    init(_ address: String) throws {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(socket >= 0, "no socket")
        var raw = sockaddr_un()
        raw.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(address.utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &raw.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let bound = withUnsafePointer(to: &raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
        }
        try #require(bound == 0, "cannot listen at \(address)")
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    /// The next message; nil when none comes within ten seconds.
    func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(socket, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
