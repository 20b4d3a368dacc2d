import Glibc
import Model
import Platform
import Testing

@Suite("The lock of a project")
struct ProjectLockTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("one holds it, the next is told who, and it goes with its holder")
    func exclusive() throws {
        let path = folder("lunad.lock")
        #expect(try ProjectLock.holder(of: path) == nil)
        do {
            let lock = try ProjectLock.acquire(path, bootID: "b1")
            #expect(try ProjectLock.holder(of: path) == .init(pid: getpid(), bootID: "b1"))
            #expect(throws: HostError(.conflict, "process \(getpid()) hosts this project already (it holds \(path))")) {
                try ProjectLock.acquire(path, bootID: "b2")
            }
            #expect(try ProjectLock.holder(of: path)?.bootID == "b1", "a refused attempt changes nothing")
            withExtendedLifetime(lock) {}
        }
        #expect(try ProjectLock.holder(of: path) == nil)
        let again = try ProjectLock.acquire(path, bootID: "b3")
        #expect(try ProjectLock.holder(of: path)?.bootID == "b3")
        withExtendedLifetime(again) {}
    }

    @Test("asking who holds it never stands in the way of taking it")
    func asking() throws {
        let path = folder("lunad.lock")
        try folder.file("lunad.lock", "stale text")
        let pool = try BlockingPool(maxThreads: 1)
        try pool.run { for _ in 0..<2_000 { _ = try? ProjectLock.holder(of: path) } }
        for _ in 0..<200 { #expect(throws: Never.self) { try ProjectLock.acquire(path, bootID: "b") } }
        pool.close()
    }

    @Test("an unfinished lock file and a missing folder are no riddle")
    func oddFiles() throws {
        let path = folder("lunad.lock")
        let lock = try ProjectLock.acquire(path, bootID: "b")
        truncate(path, 0)
        #expect(try ProjectLock.holder(of: path) == .init(pid: nil, bootID: nil))
        #expect(throws: HostError(.conflict, "another process hosts this project already (it holds \(path))")) {
            try ProjectLock.acquire(path, bootID: "b")
        }
        withExtendedLifetime(lock) {}
        #expect(try ProjectLock.holder(of: folder("none/lunad.lock")) == nil)
        #expect { try ProjectLock.acquire(folder("none/lunad.lock"), bootID: "b") } throws: {
            ($0 as? HostError)?.code == .notFound
        }
    }
}
