import Model
import Platform
import TestServer
import Testing

/// The real binary's metrics before the eyes of Prometheus' own parsers, and its requests before a real server's.
@Suite("Scrapes and requests")
struct ScrapeTests {
    /// Parses what `curl` gets, in both formats, and prints each sample; fails where a parser does.
    private static let reader = """
        import socket, sys
        from prometheus_client.parser import text_string_to_metric_families as old
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as new

        def get(accept):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(sys.argv[1])
            connection.sendall(("GET /metrics HTTP/1.0\\r\\nHost: lunad\\r\\nAccept: %s\\r\\n\\r\\n" % accept).encode())
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            head, body = answer.split(b"\\r\\n\\r\\n", 1)
            return head.decode().lower(), body.decode()

        for accept, kind, parse in (
            ("*/*", "text/plain; version=0.0.4", old),
            ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text; version=1.0.0", new),
        ):
            head, body = get(accept)
            assert kind in head, head
            seen = set()
            for family in parse(body):
                assert family.documentation and family.type != "unknown", family
                for sample in family.samples:
                    key = (sample.name, tuple(sorted(sample.labels.items())))
                    assert key not in seen, key
                    seen.add(key)
                    print(family.type, sample.name, sorted(sample.labels.items()), float(sample.value))
            print("---")
        """

    @Test("Prometheus' own parsers accept the metrics, in both formats, with all that they are to have")
    func scrape() async throws {
        let script = """
            local d = { every = 0.2 }
            function d:run_step()
              lunad.metrics.counter("things", 2, { kind = "a\\"b\\\\c\\nd é" })
              lunad.metrics.gauge("level", -1.5)
              lunad.metrics.histogram("took_seconds", 0.3)
              lunad.metrics.histogram("size_bytes", 3e6, { of = "x" }, { 1, 1000000, 2500000.5, 1e9 })
              if not self.launched then lunad.jobs.launch("quick") self.launched = true end
            end
            return d
            """
        let project = try HostedProject([
            "measured": script, "broken": "return { run_step = function() error('x') end }",
        ])
        try Files.makeFolder(project.folder.jobs)
        try project.write("return { run = function() end }", to: "scripts/jobs/quick.lua")
        let host = try await project.run()
        try await wait(for: "the job to have ended") {
            try project.database.number("SELECT count(*) FROM jobs WHERE status = 'completed'") == 1 ? true : nil
        }
        let parser = try ChildProcess(
            "/usr/bin/python3", ["-c", Self.reader, project.folder.socket], output: .file(project.beside("scrape.out")),
            errors: .file(project.beside("scrape.err")))
        let ending = try await wait(for: "the parsers") { parser.ending() }
        let complaint = try HostedProject.read(parser.errorPath)
        #expect(ending == .exited(0), "\(complaint)")
        let parts = try HostedProject.read(parser.outputPath).split(separator: "---\n").map(String.init)
        #expect(parts.count == 2)
        for part in parts {
            for sample in [
                "counter lunad_script_things_total [('daemon', 'measured'), ('kind', 'a\"b\\\\c\\nd é')] ",
                "gauge lunad_script_level [('daemon', 'measured')] -1.5",
                "histogram lunad_script_took_seconds_bucket [('daemon', 'measured'), ('le', '+Inf')] ",
                "histogram lunad_script_size_bytes_bucket [('daemon', 'measured'), ('le', '2.5000005e+06'), ('of', 'x')] 0.0",
                "gauge lunad_daemons [('status', 'running')] 1.0",
                "counter lunad_daemon_steps_total [('daemon', 'measured')] ",
                "counter lunad_daemon_errors_total [('daemon', 'broken')] ",
                "counter lunad_daemon_restarts_total [('daemon', 'measured')] 0.0",
                "gauge lunad_daemon_memory_bytes [('daemon', 'measured')] ",
                "histogram lunad_step_seconds_count [] ", "histogram lunad_step_lag_seconds_count [] ",
                "histogram lunad_commit_seconds_count [] ", "histogram lunad_timer_lag_seconds_count [] ",
                "counter lunad_jobs_ended_total [('status', 'completed'), ('type', 'quick')] 1.0",
                "gauge lunad_jobs [('status', 'completed')] 1.0",
            ] { #expect(part.contains(sample), "\(sample)") }
        }
        _ = try await host.stop()
    }

    @Test("a hundred daemons ask at once, and all are answered; a stop does not wait for a server that is silent")
    func requests() async throws {
        let server = try TestServer { $0.path == "/quiet" ? .silence : .text("hello \($0.path)") }
        var scripts: [String: String] = [:]
        for number in 0..<100 {
            scripts["asker\(number)"] = """
                local d = { every = 3600, allow = { http = { "127.0.0.1:\(server.port)" } }, state = {} }
                function d:run_step()
                  self.state.said = lunad.http.get("\(server.url("/\(number)"))").body
                  lunad.session(function() self.state.done = true end)
                  lunad.http.get("\(server.url("/quiet"))")
                end
                return d
                """
        }
        let project = try HostedProject(scripts)
        let host = try await project.run()
        try await wait(for: "all to have heard, and to ask again") {
            server.requests.count { $0.path == "/quiet" } == 100 ? true : nil
        }
        #expect(Set(server.requests.map(\.path)).count == 101)
        #expect(try await host.stop() == .exited(0))
        #expect(try host.secondsOfShutdown().map { $0 < 5 } == true)
        #expect(
            try project.database.text("SELECT json_extract(state, '$.said') FROM daemon_state WHERE daemon = 'asker7'")
                == "hello /7")
    }
}
