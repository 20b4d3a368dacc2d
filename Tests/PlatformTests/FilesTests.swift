import Glibc
import Model
import Testing

@testable import Platform

@Suite("Whole files")
struct FilesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func code(_ body: () throws -> Void) -> HostError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? HostError)?.code
        }
    }

    @Test("what is written is read back, byte for byte", arguments: [0, 1, 4_095, 4_096, 4_097, 1_000_000])
    func roundTrip(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try Files.write(bytes, to: folder("a"))
        #expect(try Files.read(folder("a")) == bytes)
        #expect(try Files.list(folder.path) == ["a"], "no temporary file is left")
    }

    @Test("a file of /proc is read although its size says 0")
    func procFile() throws {
        let bytes = try Files.read("/proc/self/status")
        #expect(String(decoding: bytes, as: UTF8.self).contains("\nPid:\t\(getpid())\n"))
        #expect(try Files.read("/proc/loadavg", limit: 4_096).last == UInt8(ascii: "\n"))
    }

    @Test("a file beyond the limit is refused, one at the limit is read")
    func limit() throws {
        try folder.file("a", "12345")
        #expect(try Files.read(folder("a"), limit: 5).count == 5)
        #expect(code { _ = try Files.read(folder("a"), limit: 4) } == .limitExceeded)
        #expect(code { _ = try Files.read("/proc/self/maps", limit: 10) } == .limitExceeded)
        #expect(code { _ = try Files.list("/proc/self", limit: 3) } == .limitExceeded)
    }

    @Test("what is no regular file is refused at once, a pipe without a writer too")
    func otherKinds() throws {
        try #require(mkfifo(folder("pipe"), 0o600) == 0)
        for path in [folder("pipe"), "/dev/zero", folder.path] {
            #expect(code { _ = try Files.read(path) } == .invalidArgument)
        }
        #expect(code { try Files.write([1], to: folder("pipe")) } == .conflict)
        #expect(code { try Files.write([1], to: folder.path) } == .conflict)
        #expect(code { try Files.write([1], to: folder.path + "/") } == .invalidArgument)
    }

    @Test("errors name the path and the reason")
    func errors() throws {
        let path = folder("none/a")
        #expect(throws: HostError(.notFound, "cannot read \(path): No such file or directory")) { try Files.read(path) }
        #expect(throws: HostError(.notFound, "cannot write \(path): No such file or directory")) {
            try Files.write([], to: path)
        }
        #expect(throws: HostError(.notFound, "cannot list \(path): No such file or directory")) { try Files.list(path) }
        #expect(try Files.facts(of: path) == nil)
        #expect(code { try Files.write([1], to: folder(String(repeating: "x", count: 300))) } == .invalidArgument)
        #expect(try Files.list(folder.path) == [])
    }

    @Test(
        "failures of the system have their kinds",
        arguments: [
            (ENOSPC, .diskFull), (EDQUOT, .diskFull), (EROFS, .readOnly), (EACCES, .forbidden), (ENOENT, .notFound),
            (EMFILE, .limitExceeded), (EIO, .io),
        ] as [(Int32, HostError.Code)])
    func kinds(_ number: Int32, _ code: HostError.Code) {
        #expect(HostError.system(number, "cannot write a").code == code)
    }

    @Test("rights of a replaced file are kept")
    func rights() throws {
        try folder.file("a", "old")
        chmod(folder("a"), 0o4751)
        try Files.write([1], to: folder("a"))
        #expect(try Files.facts(of: folder("a"))?.mode == 0o4751)
    }

    @Test("names are sorted by their bytes")
    func sorting() throws {
        for name in ["b", "a", "é", "B", "a.b", ".hidden", "10", "9"] { try folder.file(name) }
        #expect(try Files.list(folder.path) == [".hidden", "10", "9", "B", "a", "a.b", "b", "é"])
    }

    @Test("facts tell kind, size, time and rights, as a script gets them")
    func facts() throws {
        try folder.file("a", "12345")
        chmod(folder("a"), 0o640)
        var times = [
            timeval(tv_sec: 1_700_000_000, tv_usec: 250_000), timeval(tv_sec: 1_700_000_000, tv_usec: 250_000),
        ]
        utimes(folder("a"), &times)
        let facts = try #require(try Files.facts(of: folder("a")))
        #expect(facts.value == ["type": "file", "size": 5, "modified": 1_700_000_000.25, "mode": 0o640])
        #expect(try Files.facts(of: folder.path)?.kind == .directory)
        #expect(try Files.facts(of: "/dev/null")?.kind == .other)
        try folder.link("l", to: folder("a"))
        #expect(try Files.facts(of: folder("l")) == facts)
    }

    @Test("a reader never sees half a file while it is replaced")
    func atomicity() throws {
        let contents = [[UInt8](repeating: 1, count: 300_000), [UInt8](repeating: 2, count: 200_000)]
        let path = folder("a")
        try Files.write(contents[0], to: path)
        let pool = try BlockingPool(maxThreads: 1)
        let done = Monitor(false)
        try pool.run {
            for round in 0..<40 { try? Files.write(contents[round % 2], to: path) }
            done.withLock { $0 = true }
        }
        while !done.withLock({ $0 }) { #expect(contents.contains(try Files.read(path))) }
        pool.close()
    }
}
