import Model
import Platform
import Testing

@Suite("A missing library")
struct MissingLibraryTests {
    @Test("without libcurl daemons run, and what sends a request says what is missing")
    func noCurl() async throws {
        let project = try HostedProject([
            "asking": """
            local d = { allow = { http = { "127.0.0.1:9" } }, every = 3600 }
            function d:run_step()
              local ok, why = pcall(lunad.http.get, "http://127.0.0.1:9/")
              lunad.log.info("told", { ok = ok, message = why })
            end
            return d
            """
        ])
        let libraries = project.beside("libraries")
        try Files.makeFolder(libraries)
        try Files.write(Array("no library".utf8), to: "\(libraries)/libcurl.so.4")
        let environment = ["LD_LIBRARY_PATH": libraries]
        let host = try project.launch(environment: environment)
        let told = try await host.line("what the daemon was told") { $0.message == "told" }
        #expect(told.field("ok") == .boolean(false))
        let message = told.field("message")?.stringValue ?? ""
        #expect(message.hasPrefix("libcurl cannot be loaded: "), "\(message)")
        let doctor = try await project.command("doctor", environment: environment)
        #expect(doctor.status == 1)
        #expect(doctor.output.contains("libcurl cannot be loaded: "), "\(doctor.output)")
        #expect(try await host.stop() == .exited(0))
    }
}
