import Model
import TestServer
import Testing

@testable import DaemonHost

extension HostScene {
    /// A daemon whose only step runs this once; the server of this port is granted to it.
    static func asking(_ server: TestServer, _ body: String, more: String = "") -> String {
        """
        local d = { every = 3600, allow = { http = { "127.0.0.1:\(server.port)" } }\(more.isEmpty ? "" : ", " + more) }
        local url = "\(server.url())"
        function d:run_step() \(body) end
        function d:on_stop() lunad.log.info("stopped") end
        return d
        """
    }

    /// Waits in real time until the daemon has said so much.
    func waitForWords(_ count: Int = 1, of name: String, at location: SourceLocation = #_sourceLocation) async {
        await wait(for: "\(name) to say \(count) things", at: location) { said(by: name).count >= count }
    }
}
