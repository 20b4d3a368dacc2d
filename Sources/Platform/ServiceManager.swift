import Glibc
import Model

/// The service manager that started this process, told over its datagram socket how the host is doing.
///
/// The protocol is that of sd_notify(3): a few lines `NAME=value` in one message. A manager that does not listen is no
/// error: whoever tells it goes on.
package final class ServiceManager: Sendable {
    /// One thing to tell.
    package enum Notice: Sendable, Hashable {
        case ready
        /// A reload began at this moment; `ready` ends it.
        case reloading(since: MonotonicTime)
        case stopping
        /// What it is doing, in one line for people.
        case status(String)
        /// The sign of life that a watchdog waits for.
        case alive
        /// Starting or stopping takes up to so much longer.
        case extendTimeout(Duration)

        fileprivate var text: String {
            switch self {
            case .ready: "READY=1"
            case .reloading(let since): "RELOADING=1\nMONOTONIC_USEC=\(since.nanoseconds / 1_000)"
            case .stopping: "STOPPING=1"
            case .status(let line): "STATUS=\(line.replacing("\n", with: " "))"
            case .alive: "WATCHDOG=1"
            case .extendTimeout(let span): "EXTEND_TIMEOUT_USEC=\(span.wholeNanoseconds / 1_000)"
            }
        }
    }

    /// A sign of life is owed at least this often; nil when nobody watches.
    package let watchdogInterval: Duration?

    /// How long a full queue of the manager's is waited for.
    private static let patience = timeval(tv_sec: 1, tv_usec: 0)

    private let socket: FileDescriptor
    private let address: sockaddr_un
    private let addressLength: socklen_t

    /// `address` is the path of a socket, or `@name` for one in the abstract namespace. Nil for what is neither, and when
    /// the system has no descriptor left.
    package init?(address: String, watchdogInterval: Duration? = nil) {
        var bytes = Array(address.utf8)
        var raw = sockaddr_un()
        guard bytes.count > 1, bytes.count <= MemoryLayout.size(ofValue: raw.sun_path) - 1,
            let socket = FileDescriptor(Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Self.closeOnExec, 0))
        else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "@"): bytes[0] = 0
        case UInt8(ascii: "/"): break
        default: return nil
        }
        raw.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &raw.sun_path) { $0.copyBytes(from: bytes) }
        var patience = Self.patience
        setsockopt(socket.raw, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        self.socket = socket
        self.address = raw
        // A name in the abstract namespace has no end mark: its length counts.
        addressLength = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        self.watchdogInterval = watchdogInterval
    }

    /// The one that the environment names; nil when the process was not started by one.
    package static func fromEnvironment() -> ServiceManager? {
        guard let address = variable("NOTIFY_SOCKET") else { return nil }
        let isForUs = variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let microseconds = variable("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        return ServiceManager(
            address: address,
            watchdogInterval: isForUs && microseconds > 0 ? .microseconds(microseconds) : nil)
    }

    /// Sends these in one message. One that only repeats or refreshes is dropped when the manager's queue is full;
    /// others wait for it, at most a second.
    package func tell(_ notices: Notice...) {
        let text = Array(notices.map(\.text).joined(separator: "\n").utf8)
        let flags = Int32(MSG_NOSIGNAL) | (notices.allSatisfy(\.isPassing) ? Int32(MSG_DONTWAIT) : 0)
        _ = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                retryingOnInterrupt { sendto(socket.raw, text, text.count, flags, address, addressLength) }
            }
        }
    }

    private static let closeOnExec = Int32(SOCK_CLOEXEC.rawValue)

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension ServiceManager.Notice {
    /// Whether another like it comes soon anyway.
    fileprivate var isPassing: Bool {
        switch self {
        case .status, .alive: true
        case .ready, .reloading, .stopping, .extendTimeout: false
        }
    }
}
