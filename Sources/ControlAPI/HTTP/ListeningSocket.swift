import Glibc
import Model
import Platform

/// An open socket that clients can connect to.
enum ListeningSocket {
    private static let backlog: Int32 = 256

    /// A Unix socket that only its owner can use, in the place of one that a dead host left.
    ///
    /// The caller holds the project's lock, so that no living host's socket is ever replaced.
    static func unix(_ path: String) throws(HostError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw .system(errno, "cannot make a socket") }
        do throws(HostError) {
            try bindUnix(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func bindUnix(_ descriptor: Int32, _ path: String) throws(HostError) {
        if let facts = try Files.facts(of: path), facts.kind == .file || facts.kind == .directory {
            throw HostError(.conflict, "\(path) is in the way of the host's socket: it is no socket")
        }
        unlink(path)
        let place = try SocketPath(path)
        var address = place.address
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        // Nobody can connect before `listen`, and then the mode is set.
        guard isBound, chmod(place.path, 0o600) == 0,
            listen(descriptor, backlog) == 0
        else { throw .system(errno, "cannot listen on \(path)") }
    }

    /// Takes the socket's name away; what is connected stays so.
    static func remove(_ path: String) { unlink(path) }

    /// A TCP socket on a numeric address; also tells the port, which the system chooses when 0 was asked for.
    static func tcp(_ address: NetworkAddress) throws(HostError) -> (descriptor: Int32, port: UInt16) {
        var storage = sockaddr_in6()
        let length = address.fill(&storage)
        let family = length == MemoryLayout<sockaddr_in>.size ? AF_INET : AF_INET6
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw .system(errno, "cannot make a socket") }
        do throws(HostError) {
            return (descriptor, try bindTCP(descriptor, &storage, length, address))
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func bindTCP(
        _ descriptor: Int32, _ storage: inout sockaddr_in6, _ length: Int, _ address: NetworkAddress
    ) throws(HostError) -> UInt16 {
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        let isBound = withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(length)) == 0 }
        }
        guard isBound, listen(descriptor, backlog) == 0 else { throw refusal(errno, of: address) }
        var bound = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let isKnown = withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) == 0 }
        }
        guard isKnown else { throw .system(errno, "cannot listen on \(address)") }
        // The port stands at the same place in both kinds of address.
        return UInt16(bigEndian: bound.sin6_port)
    }

    private static func refusal(_ number: Int32, of address: NetworkAddress) -> HostError {
        guard number == EADDRINUSE else { return .system(number, "cannot listen on \(address)") }
        let next = address.host(with: address.port == .max ? 0 : address.port + 1)
        return HostError(
            .conflict,
            """
            another program listens on \(address) already; choose another port, such as --http \(next) \
            (with make: make run HTTP=\(next)), or port 0 for any that is free
            """)
    }
}
