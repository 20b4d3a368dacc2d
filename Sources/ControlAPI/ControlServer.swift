import Glibc
import Model
import Platform
import Synchronization

/// The control plane's server: always on the project's Unix socket, and on TCP where an operator asked for it.
package final class ControlServer: Sendable {
    /// What it serves.
    var routes: [Route] { router.routes }
    /// How many clients follow the events now.
    var openStreams: Int { servers.withLock { $0.reduce(0) { $0 + $1.openStreams } } }

    private let router: Router
    private let events: EventHub
    private let clock: any HostClock
    private let limits: HTTPServer.Limits
    private let executor: RequestExecutor
    private let path: String
    private let servers: Mutex<[HTTPServer]>

    /// Serves the socket at `path`, readable and writable by the owner alone, until `stop`. The caller holds the project's
    /// lock: what lies at `path` is taken for a dead host's.
    package convenience init(_ services: ControlServices, socket path: String) throws(HostError) {
        try self.init(services, socket: path, limits: HTTPServer.Limits())
    }

    init(_ services: ControlServices, socket path: String, limits: HTTPServer.Limits) throws(HostError) {
        let routes =
            DaemonRoutes(services: services).routes + ConfigRoutes(services: services).routes
            + RecordRoutes(services: services).routes + ErrorRoutes(services: services).routes
            + StatisticsRoutes(services: services).routes
            + JobRoutes(services: services).routes + ScheduleRoutes(services: services).routes
            + SystemRoutes(services: services).routes + SwapRoutes(services: services).routes
            + ConsoleRoutes(services: services).routes
            + AlertRoutes(services: services).routes + PageRoutes().routes
        let router = Router(routes: routes + [OpenAPIDocument.route(describing: routes)])
        executor = try RequestExecutor()
        let server = try HTTPServer(
            descriptor: try ListeningSocket.unix(path), rules: .owner, hub: services.events, limits: limits,
            executor: executor, respondAtOnce: { router.respondAtOnce($0, $1) }
        ) { request in await router.respond(to: request) }
        self.router = router
        self.path = path
        self.limits = limits
        events = services.events
        clock = services.clock
        servers = Mutex([server])
    }

    /// Throws what `listen` would, so that it is told before anything is started: above all a port that is taken.
    package static func check(_ address: NetworkAddress) throws(HostError) {
        close(try ListeningSocket.tcp(address).descriptor)
    }

    /// Also serves TCP, to those who show `token`. Gives the port, which the system chose when `address` has 0.
    package func listen(on address: NetworkAddress, token: String) throws(HostError) -> UInt16 {
        let (descriptor, port) = try ListeningSocket.tcp(address)
        let session = BrowserSession(token: token, port: port, clock: clock)
        let router = Router(routes: router.routes + LoginRoutes(session: session).routes)
        let server = try HTTPServer(
            descriptor: descriptor,
            rules: .token(token, hosts: address.hostNames(port: port), session: session), hub: events, limits: limits,
            executor: executor, respondAtOnce: { router.respondAtOnce($0, $1) }
        ) { request in await router.respond(to: request) }
        servers.withLock { $0.append(server) }
        return port
    }

    /// Answers what is in progress with "unavailable", ends all connections and takes the socket away. Blocks for the
    /// servers' threads, which take milliseconds. Harmless when it was called before.
    package func stop() {
        let stopped = servers.withLock { servers in
            defer { servers = [] }
            return servers
        }
        guard !stopped.isEmpty else { return }
        ListeningSocket.remove(path)
        for server in stopped { server.stop() }
        executor.close()
    }
}
