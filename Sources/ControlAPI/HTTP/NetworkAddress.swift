import Glibc
import Model

/// Where to listen, as an operator writes it: `127.0.0.1:8000`, `[::1]:8000`; numbers only, port 0 for any free one.
package struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: UInt16
    private let isVersion6: Bool

    package init(_ text: String) throws(HostError) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw Self.unusable(text)
        }
        var host = String(text[..<colon])
        isVersion6 = host.hasPrefix("[") && host.hasSuffix("]")
        if isVersion6 { host = String(host.dropFirst().dropLast()) }
        var scratch = in6_addr()
        guard inet_pton(isVersion6 ? AF_INET6 : AF_INET, host, &scratch) == 1 else { throw Self.unusable(text) }
        self.host = host
        self.port = port
    }

    package var description: String { Self.joined(host, port, isVersion6) }

    /// The address with the port that was bound, as it stands in a URL.
    package func host(with port: UInt16) -> String { Self.joined(host, port, isVersion6) }

    /// What a client may put into `Host` to mean this address with the port that was bound.
    func hostNames(port: UInt16) -> Set<String> {
        [Self.joined(host, port, isVersion6), "localhost:\(port)"]
    }

    private static func joined(_ host: String, _ port: UInt16, _ isVersion6: Bool) -> String {
        isVersion6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Writes the system's form; how many bytes of it count.
    func fill(_ storage: inout sockaddr_in6) -> Int {
        if isVersion6 {
            storage.sin6_family = sa_family_t(AF_INET6)
            storage.sin6_port = port.bigEndian
            inet_pton(AF_INET6, host, &storage.sin6_addr)
            return MemoryLayout<sockaddr_in6>.size
        }
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                address.pointee.sin_family = sa_family_t(AF_INET)
                address.pointee.sin_port = port.bigEndian
                inet_pton(AF_INET, host, &address.pointee.sin_addr)
                return MemoryLayout<sockaddr_in>.size
            }
        }
    }

    private static func unusable(_ text: String) -> HostError {
        HostError(.invalidArgument, "'\(text)' is no address to listen on; expected one such as 127.0.0.1:8000")
    }
}
