import Model
import Testing

@Suite("Grants of hosts")
struct WebGrantsTests {
    private static func target(_ url: String) -> WebTarget {
        let scheme = String(url.prefix { $0 != ":" })
        let rest = url.dropFirst(scheme.count + 3)
        let colon = rest.hasPrefix("[") ? rest.firstIndex(of: "]").map(rest.index(after:)) : rest.firstIndex(of: ":")
        guard let colon, colon < rest.endIndex else {
            return WebTarget(scheme: scheme, host: String(rest), port: scheme == "https" ? 443 : 80)
        }
        return WebTarget(
            scheme: scheme, host: String(rest[..<colon]), port: Int(rest[rest.index(after: colon)...]) ?? 0)
    }

    private static func admits(_ entries: [String], _ url: String, limits: [String]? = nil) -> Bool {
        let grants = WebGrants(entries: entries, config: [], limits: limits, script: "scripts/x.lua")
        return (try? grants.check(target(url))) != nil
    }

    @Test(
        "an entry admits what it names",
        arguments: [
            ("api.example.org", "https://api.example.org"), ("api.example.org", "http://api.example.org"),
            ("API.Example.ORG.", "https://api.example.org"), ("*.example.org", "https://a.b.example.org"),
            ("localhost:8080", "http://localhost:8080"), ("localhost:*", "https://localhost:1"),
            ("*", "https://anything.example"), ("*:*", "http://anything.example:81"),
            ("[::1]:8080", "http://[::1]:8080"), ("[::1]", "http://[::1]"),
            ("https://api.example.org/v1?x=1", "https://api.example.org"),
            ("http://me:secret@api.example.org:81/", "http://api.example.org:81"),
        ])
    func admitted(entry: String, url: String) { #expect(Self.admits([entry], url)) }

    @Test(
        "an entry admits nothing else",
        arguments: [
            ("example.org", "https://api.example.org"), ("example.org", "https://badexample.org"),
            ("example.org", "https://example.org.evil.example"), ("*.example.org", "https://example.org"),
            ("*.example.org", "https://badexample.org"), ("example.org", "http://example.org:8080"),
            ("example.org", "http://example.org:443"), ("localhost:8080", "http://localhost"), ("*", "http://x:81"),
            ("https://api.example.org", "http://api.example.org"),
        ])
    func notAdmitted(entry: String, url: String) { #expect(!Self.admits([entry], url)) }

    @Test("without entries nothing is granted; the operator can only narrow")
    func limits() {
        #expect(!Self.admits([], "https://a.example"))
        #expect(!Self.admits([], "https://a.example", limits: ["a.example"]))
        #expect(Self.admits(["*"], "https://a.example", limits: ["*.example"]))
        #expect(!Self.admits(["*"], "https://a.other", limits: ["*.example"]))
        #expect(!Self.admits(["*"], "https://a.example", limits: []))
    }

    @Test("a config key stands for its value, be it a host, an address or a list")
    func config() throws {
        let config: [Value.Field] = [
            .init("one", "https://a.example/v1"), .init("many", ["b.example", "c.example:81"]),
        ]
        let grants = WebGrants(entries: ["$one", "$many", "$unset"], config: config, limits: nil, script: "x")
        for url in ["https://a.example", "http://b.example", "https://c.example:81"] {
            try grants.check(Self.target(url))
        }
        #expect(throws: HostError.self) { try grants.check(Self.target("https://d.example")) }
    }

    @Test("a refusal says which line would grant it")
    func refusals() {
        let target = Self.target("http://a.example:81")
        let script = WebGrants(entries: [], config: [], limits: nil, script: "scripts/x.lua")
        #expect(
            throws: HostError(
                .forbidden,
                "a request to a.example:81 is not granted: allow = { http = { \"a.example:81\" } } in scripts/x.lua would "
                    + "grant it")
        ) { try script.check(target) }
        let operators = WebGrants(entries: ["*:*"], config: [], limits: ["b.example"], script: "scripts/x.lua")
        #expect(
            throws: HostError(
                .forbidden,
                "a request to a.example:81 is granted by scripts/x.lua but not by the operator: "
                    + "allow = { http = { \"a.example:81\" } } in lunad.lua would grant it")
        ) { try operators.check(target) }
    }

    @Test(
        "what is no host is named when the script is read",
        arguments: [
            "a b", "ftp://a.example", "a.example:0", "a.example:http", "a.example:", "a*.example", "*.", "[::1]x",
            "ä.example",
        ])
    func declared(entry: String) throws {
        let table: Value = ["allow": ["http": [.string(entry)]]]
        let problems = DaemonDeclaration.problems(table: table, hooks: ["run_step"])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("allow.http has the entry \"\(entry)\"; expected a host") == true)
    }
}
