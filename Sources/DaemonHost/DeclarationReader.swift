import LuaRuntime
import Model
import Platform
import Synchronization

/// Tells what a script on disk declares by loading it in a Lua state of its own, one script at a time.
final class DeclarationReader: Sendable {
    private static let timeout = Duration.seconds(5)
    /// What Lua may need when a script nests calls deeply, in bytes.
    private static let stackSize = 8 << 20

    private let folder: ProjectFolder
    private let clock: any HostClock
    /// Made when it is first needed.
    private let pool = Mutex<BlockingPool?>(nil)

    init(folder: ProjectFolder, clock: any HostClock) {
        self.folder = folder
        self.clock = clock
    }

    /// What a text would declare as the script of that type.
    func declaration(of type: String, source: [UInt8]) async throws(HostError) -> DaemonDeclaration {
        try await run { [folder, clock] () throws(HostError) in
            let trial = ScriptTrial(project: folder, clock: clock, timeout: Self.timeout)
            let file = "scripts/\(type).lua"
            let (table, functions) = try trial.declared(source, name: file)
            return try DaemonDeclaration.parse(table: table, hooks: functions, file: file).get()
        }
    }

    /// `notFound` when there is no such script, `script` when it does not load or declares something invalid.
    func declaration(of type: String) async throws(HostError) -> DaemonDeclaration {
        guard ScriptCatalog.isValid(name: type) else {
            throw HostError(.invalidArgument, "'\(type)' cannot name a script")
        }
        return try await run { [folder, clock] () throws(HostError) in
            let source = try ScriptCatalog(folder: folder).source(of: type)
            let trial = ScriptTrial(project: folder, clock: clock, timeout: Self.timeout)
            let (table, functions) = try trial.declared(source.bytes, name: source.path)
            return try DaemonDeclaration.parse(table: table, hooks: functions, file: source.path).get()
        }
    }

    /// Does this in a thread with a stack that Lua can need.
    func run<Success: Sendable>(
        _ work: @escaping @Sendable () throws(HostError) -> Success
    ) async throws(HostError) -> Success {
        try await readyPool().run(work)
    }

    private func readyPool() throws(HostError) -> BlockingPool {
        try pool.withLock { (pool) throws(HostError) in
            if let pool { return pool }
            let made = try BlockingPool(name: "lunad-trial", maxThreads: 1, stackSize: Self.stackSize)
            pool = made
            return made
        }
    }
}
