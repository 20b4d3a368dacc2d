import ControlAPI
import ControlCLI
import DaemonHost
import Glibc
import LuaRuntime
import Model
import Platform
import SQLiteStore

/// `lunad run`: one process that hosts one project until it is told to stop.
enum HostProcess {
    /// Everything stopped in time; or something had to be abandoned, or the host could not start.
    private static let succeeded: Int32 = 0
    private static let failed: Int32 = 1

    static func run(_ options: RunOptions) async -> Int32 {
        do throws(HostError) {
            guard let script = options.script else { return try await host(options, place: nil) }
            let place = try ScriptPlace(script)
            defer { place.remove() }
            return try await host(options, place: place)
        } catch {
            complain(error)
            return failed
        }
    }

    private static func host(_ options: RunOptions, place: ScriptPlace?) async throws(HostError) -> Int32 {
        let address = try options.http.map { (text) throws(HostError) in try NetworkAddress(text) }
        let signals = try Signals.stream()
        let parts = try HostParts(options, place: place)
        if let address { try ControlServer.check(address) }
        let host = Host(context: parts.context)
        let summary = try await host.boot(parts.run)
        parts.announce(summary)
        let watcher = options.watches ? try parts.watchScripts(for: host) : nil
        do throws(HostError) {
            let server = try parts.serve(host, on: address)
            host.ready()
            let abandoned = await serve(host, signals, parts, server)
            watcher?.stop()
            await parts.end()
            return abandoned.isEmpty ? succeeded : failed
        } catch {
            _ = await host.stop(reason: "the API cannot be served")
            watcher?.stop()
            await parts.end()
            throw error
        }
    }

    /// Obeys signals until all daemons have stopped; the names of those that had to be abandoned.
    private static func serve(
        _ host: Host, _ signals: AsyncStream<HostSignal>, _ parts: HostParts, _ server: ControlServer
    ) async -> [String] {
        var stopping: Task<[String], Never>?
        let (ends, ended) = AsyncStream.makeStream(of: Void.self)
        let listening = Task {
            for await signal in signals {
                switch signal {
                case .hangUp:
                    parts.reload(host)
                case .terminate, .interrupt:
                    if stopping != nil {
                        host.hurry()
                    } else {
                        stopping = Task {
                            server.stop()
                            let abandoned = await host.stop(reason: "the host was told to stop")
                            ended.finish()
                            return abandoned
                        }
                    }
                }
            }
            return await stopping?.value ?? []
        }
        for await _ in ends {}
        listening.cancel()
        return await listening.value
    }

    private static func complain(_ error: HostError) {
        var line = "\(Console.isJournal(.error) ? "<3>" : "")lunad: \(error)\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
