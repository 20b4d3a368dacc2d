import Glibc

/// Who is on the other side, as far as counting goes: an address of version 4, or a network of version 6, of which a host
/// has as many addresses as it likes.
struct ClientAddress: Sendable, Hashable {
    private let isVersion6: Bool
    private let network: UInt64

    /// Nil for what is no address of a network, such as that of a Unix socket.
    init?(_ address: UnsafePointer<sockaddr>?) {
        guard let address else { return nil }
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            isVersion6 = false
            network = UnsafeRawPointer(address).withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt64($0.pointee.sin_addr.s_addr)
            }
        case AF_INET6:
            isVersion6 = true
            network = UnsafeRawPointer(address).withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin6_addr) { $0.loadUnaligned(as: UInt64.self) }
            }
        default: return nil
        }
    }
}
