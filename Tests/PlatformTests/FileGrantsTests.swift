import Glibc
import Model
import Platform
import Testing

@Suite("What a script may touch")
struct FileGrantsTests {
    private let folder: TemporaryFolder

    /// `in` is granted, with `in/a`, `in/sub/b`; `out/secret` is not.
    init() throws {
        folder = try TemporaryFolder()
        try folder.folder("in")
        try folder.folder("in/sub")
        try folder.folder("out")
        try folder.folder("inside")
        try folder.file("in/a", "content")
        try folder.file("in/sub/b", "more")
        try folder.file("out/secret", "secret")
        try folder.file("inside/c", "secret")
    }

    private func grants(_ entries: [String] = ["in"], config: [Value.Field] = [], limits: [String]? = nil) -> FileGrants
    {
        FileGrants(entries: entries, config: config, limits: limits, base: folder.path, script: "inbox.lua")
    }

    private func code(_ grants: FileGrants, _ path: String) -> HostError.Code? {
        do {
            _ = try grants.resolve(path)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        "what lies inside is reached, whichever way it is written",
        arguments: [
            ("in/a", "in/a"), ("in//sub/../a", "in/a"), ("./in/sub/b", "in/sub/b"), ("out/../in/a", "in/a"),
            ("in", "in"), ("in/", "in"),
            ("in/new", "in/new"), ("in/new/deeper", "in/new/deeper"), ("in/new/./x", "in/new/x"), ("in/...", "in/..."),
        ])
    func inside(_ path: String, _ real: String) throws {
        #expect(try grants().resolve(path) == folder(real))
        #expect(try grants().resolve(folder(path)) == folder(real))
    }

    @Test(
        "what lies outside is refused, whichever way it is written",
        arguments: [
            ("out/secret", .forbidden), ("in/../out/secret", .forbidden), ("in/sub/../../out/secret", .forbidden),
            ("/etc/passwd", .forbidden),
            (".", .forbidden), ("in/..", .forbidden), ("inside/c", .forbidden), ("in/../nowhere", .forbidden),
            ("in/new/../../out/secret", .notFound),
            ("in/a/x", .notFound), ("", .invalidArgument), ("in/a\0b", .invalidArgument),
            ("in/" + String(repeating: "x/", count: 2_100), .invalidArgument),
        ] as [(String, HostError.Code)])
    func outside(_ path: String, _ expected: HostError.Code) {
        #expect(code(grants(), path) == expected)
    }

    @Test("links are followed, and count where they lead")
    func links() throws {
        try folder.link("in/good", to: "sub/b")
        try folder.link("in/bad", to: "../out/secret")
        try folder.link("in/worse", to: folder("out"))
        try folder.link("in/nowhere", to: folder("out/new"))
        try folder.link("in/loop", to: "loop")
        let grants = grants()
        #expect(try grants.resolve("in/good") == folder("in/sub/b"))
        #expect(try grants.read("in/good") == Array("more".utf8))
        for path in ["in/bad", "in/worse", "in/worse/secret", "in/worse/new", "in/nowhere", "in/loop"] {
            #expect(code(grants, path) == .forbidden, "\(path)")
            #expect(throws: HostError.self) { try grants.write([1], to: path) }
        }
        #expect(try Files.list(folder("out")) == ["secret"])
        #expect(try Files.read(folder("out/secret")) == Array("secret".utf8))
    }

    @Test("a granted folder may be a link, may be a file, and may come later")
    func grantedLinks() throws {
        try folder.link("alias", to: "out")
        #expect(try grants(["alias"]).read("out/secret") == Array("secret".utf8))
        #expect(try grants(["alias"]).read("alias/secret") == Array("secret".utf8))
        let single = grants(["out/secret"])
        #expect(try single.read("out/secret") == Array("secret".utf8))
        #expect(code(single, "out/secret2") == .forbidden)
        let later = grants(["later"])
        #expect(code(later, "later/x") == nil)
        #expect(throws: HostError.self) { try later.write([1], to: "later/x") }
        try folder.folder("later")
        try later.write([1], to: "later/x")
        #expect(try later.list("later") == ["x"])
        #expect(code(grants(["/"]), "/etc/passwd") == nil)
    }

    @Test("a dollar sign stands for a config value")
    func config() {
        let config: [Value.Field] = [
            .init("folder", "in"), .init("many", ["in", "out"]), .init("count", 5), .init("empty", ""),
        ]
        #expect(code(grants(["$folder"], config: config), "in/a") == nil)
        #expect(code(grants(["$folder/sub"], config: config), "in/sub/b") == nil)
        #expect(code(grants(["$folder/sub"], config: config), "in/a") == .forbidden)
        #expect(code(grants(["$many"], config: config), "out/secret") == nil)
        for entry in ["$none", "$count", "$empty", "$empty/in", "$"] {
            #expect(code(grants([entry], config: config), "in/a") == .forbidden, "\(entry)")
        }
    }

    @Test("the operator's limits narrow what the script says, and never widen it")
    func limits() {
        let narrowed = grants(["in", "out"], limits: ["in/sub", "inside"])
        #expect(code(narrowed, "in/sub/b") == nil)
        #expect(code(narrowed, "in/a") == .forbidden)
        #expect(code(narrowed, "out/secret") == .forbidden)
        #expect(code(narrowed, "inside/c") == .forbidden)
        #expect(code(grants(limits: []), "in/a") == .forbidden)
    }

    @Test("a refusal says which line would grant it")
    func messages() throws {
        let secret = folder("out/secret")
        let line = "allow = { fs = { \"\(folder("out"))\" } }"
        #expect(throws: HostError(.forbidden, "\(secret) is not granted: \(line) in inbox.lua would grant it")) {
            try grants().read(secret)
        }
        try folder.link("in/bad", to: secret)
        let way = "in/bad (which leads to \(secret))"
        #expect(throws: HostError(.forbidden, "\(way) is not granted: \(line) in inbox.lua would grant it")) {
            try grants().stat("in/bad")
        }
        let narrowed = "\(secret) is granted by inbox.lua but not by the operator: \(line) in lunad.lua would grant it"
        #expect(throws: HostError(.forbidden, narrowed)) { try grants(["out"], limits: ["in"]).list(secret) }
        #expect(throws: HostError(.forbidden, "\(folder("out")) is not granted: \(line) in inbox.lua would grant it")) {
            try grants().list(folder("out"))
        }
    }

    @Test("files are read, written, listed and looked at")
    func access() throws {
        let grants = grants()
        #expect(try grants.list("in") == ["a", "sub"])
        #expect(try grants.read("in/a") == Array("content".utf8))
        try grants.write(Array("new".utf8), to: "in/a")
        try grants.write(Array("fresh".utf8), to: "in/sub/c")
        #expect(try grants.read("in/a") == Array("new".utf8))
        #expect(try grants.stat("in/sub/c")?.size == 5)
        #expect(try grants.stat("in/sub")?.kind == .directory)
        #expect(try grants.stat("in/none") == nil)
        #expect(try grants.stat("in/none/deeper") == nil)
        #expect(throws: HostError(.limitExceeded, "cannot write in/a: 3 bytes, at most 2 are allowed")) {
            try grants.write([1, 2, 3], to: "in/a", limit: 2)
        }
        #expect { try grants.read("in/sub") } throws: { ($0 as? HostError)?.code == .invalidArgument }
        #expect { try grants.write([1], to: "in/sub") } throws: { ($0 as? HostError)?.code == .conflict }
        #expect { try grants.list("in/a") } throws: { ($0 as? HostError)?.code == .notFound }
        try #require(mkfifo(folder("in/pipe"), 0o600) == 0)
        #expect { try grants.read("in/pipe") } throws: { ($0 as? HostError)?.code == .invalidArgument }
        #expect(try grants.stat("in/pipe")?.kind == .other)
    }

    @Test("files of /proc can be granted")
    func proc() throws {
        let grants = grants(["/proc/loadavg", "/proc/meminfo"])
        #expect(try grants.read("/proc/loadavg").count > 10)
        #expect(code(grants, "/proc/uptime") == .forbidden)
    }

    @Test("a folder that changes places with a link again and again never lets anything out")
    func swappedFolder() throws {
        let grants = grants()
        let (path, aside, outside, end) = (folder("in/x"), folder("in/aside"), folder("out"), folder("done"))
        try folder.folder("in/x")
        try folder.file("in/x/secret", "harmless")
        try folder.file("out/marker")
        let pool = try BlockingPool(maxThreads: 1)
        try pool.run {
            for _ in 0..<10_000 {
                rename(path, aside)
                symlink(outside, path)
                unlink(path)
                rename(aside, path)
            }
            mkdir(end, 0o755)
        }
        var reads = 0
        while try Files.facts(of: end) == nil {
            if let bytes = try? grants.read("in/x/secret") {
                reads += 1
                #expect(bytes == Array("harmless".utf8))
            }
            if let names = try? grants.list("in/x") { #expect(!names.contains("marker")) }
            if reads % 50 == 0 { try? grants.write(Array("harmless".utf8), to: "in/x/fresh") }
            #expect(try Files.list(outside) == ["marker", "secret"])
        }
        #expect(reads > 0)
        #expect(try Files.read(folder("out/secret")) == Array("secret".utf8))
        pool.close()
    }
}
