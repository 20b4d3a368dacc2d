import LuaRuntime
import Model
import Platform
import Synchronization

/// A job type as it is on disk: `scripts/jobs/NAME.lua`, read and checked.
struct JobType: Sendable {
    var name: String
    /// Relative to the project.
    var path: String
    var source: [UInt8]
    /// SHA-256 of the source.
    var hash: String
    var declaration: JobDeclaration
}

/// The job types of a project. A type that cannot be loaded is known with its error.
final class JobCatalog: Sendable {
    private static let loadTimeout = Duration.seconds(5)

    private let types = Mutex<[String: Result<JobType, HostError>]>([:])
    private let folder: ProjectFolder
    private let scripts: ScriptCatalog
    private let clock: any HostClock

    init(folder: ProjectFolder, clock: any HostClock) {
        self.folder = folder
        scripts = ScriptCatalog(folder: folder)
        self.clock = clock
    }

    /// Reads the folder again; a type whose file is the same stays as it is. Blocks, and runs the scripts' chunks.
    /// Gives the types whose loading failed now.
    func reload() throws(HostError) -> [(name: String, error: HostError)] {
        let names = try scripts.jobTypes()
        let known = types.withLock { $0 }
        var next: [String: Result<JobType, HostError>] = [:]
        var failures: [(name: String, error: HostError)] = []
        for name in names {
            next[name] = load(name, known: try? known[name]?.get())
            if case .failure(let error)? = next[name] { failures.append((name, error)) }
        }
        let loaded = next
        types.withLock { $0 = loaded }
        return failures
    }

    /// The type of that name, or why there is none.
    func type(named name: String) throws(HostError) -> JobType { try find(name).get() }

    private func find(_ name: String) throws(HostError) -> Result<JobType, HostError> {
        let (found, names) = types.withLock { ($0[name], Array($0.keys)) }
        guard let found else {
            throw HostError(
                .notFound,
                "there is no job type '\(name)' (scripts/jobs/\(name).lua)\(DidYouMean.hint(for: name, in: names))")
        }
        return found
    }

    /// The type of that name, also when it cannot be loaded; `notFound` when there is none.
    func standing(of name: String) throws(HostError) -> JobTypeStanding {
        JobTypeStanding(name: name, declaration: try find(name).map(\.declaration))
    }

    /// Every type, in order of the names.
    var standings: [JobTypeStanding] {
        types.withLock { $0 }.map { name, found in
            JobTypeStanding(name: name, declaration: found.map(\.declaration))
        }.sorted { $0.name < $1.name }
    }

    /// The gate's rules, for the types that declare any.
    var rules: [String: JobGate.Rule] {
        types.withLock { $0 }.compactMapValues { found in
            guard case .success(let type) = found else { return nil }
            let declaration = type.declaration
            guard declaration.concurrency != nil || !declaration.conflictsWith.isEmpty else { return nil }
            return JobGate.Rule(concurrency: declaration.concurrency, conflictsWith: declaration.conflictsWith)
        }
    }

    private func load(_ name: String, known: JobType?) -> Result<JobType, HostError> {
        do throws(HostError) {
            let source = try scripts.jobSource(of: name)
            if let known, known.hash == source.hash { return .success(known) }
            let trial = ScriptTrial(project: folder, clock: clock, timeout: Self.loadTimeout)
            let (table, hooks) = try trial.declared(source.bytes, name: source.path)
            let declaration = try JobDeclaration.parse(table: table, hooks: hooks, file: source.path).get()
            return .success(
                JobType(
                    name: name, path: source.path, source: source.bytes, hash: source.hash, declaration: declaration))
        } catch {
            return .failure(error)
        }
    }
}
