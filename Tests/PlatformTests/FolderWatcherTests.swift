import Glibc
import Platform
import Synchronization
import Testing

@Suite("Watching folders")
struct FolderWatcherTests {
    /// A temporary folder, and the changes told of it.
    private final class Scene: Sendable {
        let path: String
        let changes: AsyncStream<Void>
        let continuation: AsyncStream<Void>.Continuation

        init() throws {
            var template = Array("/tmp/lunad-watch-XXXXXX".utf8CString)
            let made = try #require(mkdtemp(&template))
            path = String(cString: made)
            (changes, continuation) = AsyncStream.makeStream(of: Void.self)
        }

        deinit {
            for name in ["lib/pl/deep.lua", "lib/pl", "lib/shared.lua", "lib", "a.lua", ".a.swp", ""] {
                remove("\(path)/\(name)")
            }
        }

        func watch(_ folders: [String], trees: [String] = []) throws -> FolderWatcher {
            try FolderWatcher(folders: folders, trees: trees) { [continuation] in continuation.yield() }
        }

        func write(_ name: String, _ text: String) throws {
            let file = try #require(fopen("\(path)/\(name)", "w"))
            fputs(text, file)
            fclose(file)
        }

        /// Waits for one change; fails when none comes within ten seconds.
        func nextChange() async throws {
            let told = await withTaskGroup(of: Bool.self) { group in
                group.addTask { [changes] in await changes.first { _ in true } != nil }
                group.addTask {
                    try? await Task.sleep(for: .seconds(10))
                    return false
                }
                defer { group.cancelAll() }
                return await group.next() ?? false
            }
            try #require(told, "no change of \(path) was told within 10 s")
        }
    }

    @Test("a written file is told")
    func writtenFile() async throws {
        let scene = try Scene()
        let watcher = try scene.watch([scene.path])
        defer { watcher.stop() }
        try scene.write("a.lua", "return {}")
        try await scene.nextChange()
    }

    @Test("a new file is told when it is complete, and not while it is being written")
    func halfWritten() async throws {
        let scene = try Scene()
        let seen = Mutex<[String]>([])
        let file = "\(scene.path)/a.lua"
        let watcher = try FolderWatcher(folders: [scene.path]) {
            let text = (try? Files.read(file)).map { String(decoding: $0, as: UTF8.self) } ?? "nothing"
            seen.withLock { $0.append(text) }
            scene.continuation.yield()
        }
        defer { watcher.stop() }
        let stream = try #require(fopen(file, "w"))
        fputs("first ", stream)
        fflush(stream)
        // Another file's change is told after it, so that the half-written one had its chance.
        try scene.write(".a.swp", "x")
        try await scene.nextChange()
        fputs("second", stream)
        fclose(stream)
        try await scene.nextChange()
        #expect(seen.withLock { $0.last } == "first second")
        #expect(seen.withLock { $0.count } == 2, "one for the other file, one for this")
    }

    @Test("a rename into the folder is told, as editors save")
    func renamedFile() async throws {
        let scene = try Scene()
        try scene.write(".a.swp", "return {}")
        let watcher = try scene.watch([scene.path])
        defer { watcher.stop() }
        rename("\(scene.path)/.a.swp", "\(scene.path)/a.lua")
        try await scene.nextChange()
    }

    @Test("a folder that appears later is watched from then on")
    func laterFolder() async throws {
        let scene = try Scene()
        let watcher = try scene.watch([scene.path, "\(scene.path)/lib"])
        defer { watcher.stop() }
        mkdir("\(scene.path)/lib", 0o755)
        try await scene.nextChange()
        try scene.write("lib/shared.lua", "return 1")
        try await scene.nextChange()
    }

    @Test("folders inside a tree are watched, also those that come later")
    func tree() async throws {
        let scene = try Scene()
        let watcher = try scene.watch([scene.path], trees: ["\(scene.path)/lib"])
        defer { watcher.stop() }
        mkdir("\(scene.path)/lib", 0o755)
        try await scene.nextChange()
        mkdir("\(scene.path)/lib/pl", 0o755)
        try await scene.nextChange()
        try scene.write("lib/pl/deep.lua", "return 1")
        try await scene.nextChange()
    }

    @Test("a deleted file is told")
    func deletedFile() async throws {
        let scene = try Scene()
        try scene.write("a.lua", "return {}")
        let watcher = try scene.watch([scene.path])
        defer { watcher.stop() }
        unlink("\(scene.path)/a.lua")
        try await scene.nextChange()
    }
}
