import ControlAPI
import DaemonHost
import Model
import Platform

extension HostParts {
    /// Serves the API: on the project's socket, and on TCP when there is an address for it.
    func serve(_ host: Host, on address: NetworkAddress?) throws(HostError) -> ControlServer {
        var services = ControlServices(
            host: host, jobs: context.jobs, store: context.store, blocking: context.blocking, events: context.events,
            clock: context.clock)
        services.schedules = host.schedules
        services.jobTypes = context.jobs
        services.swaps = host
        services.console = host
        services.scripts = host
        services.statistics = host
        services.alerts = host.alerts
        services.metrics = host
        let server = try ControlServer(services, socket: context.folder.socket)
        guard let address else { return server }
        do throws(HostError) {
            let token = try AccessToken.readOrMake(at: context.folder.token)
            let port = try server.listen(on: address, token: token)
            context.journal.host(
                .info, "the API is served at http://\(address.host(with: port)); 'lunad token' shows the token for it")
            invite("http://\(address.host(with: port))/#token=\(token)")
            return server
        } catch {
            server.stop()
            throw error
        }
    }
}
