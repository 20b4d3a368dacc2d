import Glibc
import Model
import Platform
import Synchronization
import Testing

/// A project in a folder of its own, the real binary at work on it, and the traces that this leaves.
///
/// Folder and processes go with the value.
final class HostedProject: Sendable {
    let folder: ProjectFolder
    private let base: String
    private let commands = Mutex(0)
    private let processes = Mutex<[ChildProcess]>([])
    private let disk = Mutex<SmallDisk?>(nil)

    /// The program, which the build puts beside the tests.
    static var binary: String {
        get throws {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
            try #require(count > 0, "the tests do not know where they are")
            let own = buffer[..<count].map { UInt8(bitPattern: $0) }
            let folder = own[..<(own.lastIndex(of: UInt8(ascii: "/")) ?? 0)]
            return String(decoding: folder, as: UTF8.self) + "/lunad"
        }
    }

    /// Makes the project; `scripts` are the texts of daemons by name.
    init(_ scripts: [String: String] = [:], settings: String? = nil, migrations: [String: String] = [:]) throws {
        var template = Array("/tmp/lunad-e2e-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template), "mkdtemp failed")
        base = String(cString: try #require(realpath(made, nil)))
        folder = ProjectFolder(path: base + "/project")
        for path in [folder.path, folder.scripts, folder.libraries, folder.migrations] { try Files.makeFolder(path) }
        for (name, text) in scripts { try script(name, text) }
        if let settings { try write(settings, to: "lunad.lua") }
        for (name, text) in migrations { try write(text, to: "Migrations/\(name)") }
    }

    /// A project that a command made; its folder is left to whoever named it.
    init(adopting path: String) throws {
        base = path + ".traces"
        folder = ProjectFolder(path: path)
        try Files.makeFolder(base)
    }

    deinit {
        for process in processes.withLock({ $0 }) { process.killAndReap() }
        disk.withLock { $0?.unmount() }
        Self.removeAll(base)
    }

    private static func removeAll(_ path: String) {
        if remove(path) == 0 { return }
        for name in (try? Files.list(path)) ?? [] { removeAll("\(path)/\(name)") }
        remove(path)
    }

    var database: ProjectDatabase { ProjectDatabase(path: folder.database) }

    /// Whether a host has got as far as making the database.
    var hasDatabase: Bool { get throws { try Files.facts(of: folder.database) != nil } }

    /// A path beside the project, for what does not belong in it.
    func beside(_ name: String) -> String { "\(base)/\(name)" }

    /// Makes or replaces a file in one step, as an editor does.
    func write(_ text: String, to path: String) throws {
        try Files.write(Array(text.utf8), to: "\(folder.path)/\(path)")
    }

    func script(_ name: String, _ text: String) throws { try write(text, to: "scripts/\(name).lua") }

    func removeScript(_ name: String) throws {
        try #require(unlink("\(folder.scripts)/\(name).lua") == 0, "cannot remove the script \(name)")
    }

    /// Puts `var/` on a disk of its own of 32 MB, until the project ends.
    func mountSmallDisk() throws -> SmallDisk {
        let made = try SmallDisk(at: folder.runtime, megabytes: 32)
        disk.withLock { $0 = made }
        return made
    }

    // MARK: - The host

    /// Starts `lunad run`; returns at once.
    func launch(
        _ options: [String] = ["--json"], environment: [String: String] = [:], errors: ChildProcess.Stream? = nil
    ) throws -> RunningHost {
        RunningHost(
            process: try start(words: ["run", folder.path] + options, environment: environment, errors: errors))
    }

    /// Starts `lunad run --json` and waits until it says what it hosts.
    func run() async throws -> RunningHost {
        let host = try launch()
        try await host.line("that the host is up") { $0.daemon == nil && $0.message.contains(" hosts ") }
        return host
    }

    // MARK: - Commands

    /// Starts a command on this project; returns at once.
    func start(
        _ words: String..., environment: [String: String] = [:], output: ChildProcess.Stream? = nil
    ) throws -> ChildProcess {
        try start(words: ["--dir", folder.path] + words, environment: environment, output: output)
    }

    private func start(
        words: [String], environment: [String: String] = [:], output: ChildProcess.Stream? = nil,
        errors: ChildProcess.Stream? = nil
    ) throws -> ChildProcess {
        let serial = commands.withLock { count in
            count += 1
            return count
        }
        let process = try ChildProcess(
            try Self.binary, words, environment: environment, output: output ?? .file(beside("\(serial).out")),
            errors: errors ?? .file(beside("\(serial).err")))
        processes.withLock { $0.append(process) }
        return process
    }

    struct Outcome {
        var status: Int32
        var output: String
        var messages: String

        var json: Value { get throws { try JSON.decode(Array(output.utf8)) } }
    }

    /// Runs a command on this project and waits for its end.
    func command(
        _ words: String..., environment: [String: String] = [:], within limit: Duration = .patience
    ) async throws -> Outcome {
        try await command(words: ["--dir", folder.path] + words, environment: environment, within: limit)
    }

    /// Runs the program with exactly these words.
    func command(
        words: [String], environment: [String: String] = [:], within limit: Duration = .patience
    ) async throws -> Outcome {
        let process = try start(words: words, environment: environment)
        let ending = try await wait(for: "the end of lunad \(words.joined(separator: " "))", within: limit) {
            process.ending()
        }
        guard case .exited(let status) = ending else {
            throw NeverCame(description: "lunad \(words.joined(separator: " ")) was ended by a signal: \(ending)")
        }
        return Outcome(
            status: status, output: try Self.read(process.outputPath), messages: try Self.read(process.errorPath))
    }

    static func read(_ path: String) throws -> String {
        String(decoding: try Files.read(path, limit: 256 << 20), as: UTF8.self)
    }

    // MARK: - What the database shows

    /// A column of the daemon's row; nil when there is no row yet or it is NULL.
    func shown(_ column: String, of daemon: String) throws -> String? {
        guard try hasDatabase else { return nil }
        let tables = try database.number("SELECT count(*) FROM sqlite_master WHERE name = 'daemons'")
        guard tables == 1 else { return nil }
        return try database.text("SELECT \(column) FROM daemons WHERE name = '\(daemon)'")
    }

    /// Waits until the daemon is shown with that status, and with a reason that contains `reason`.
    func status(
        _ status: DaemonStatus, of daemon: String, because reason: String = "", within limit: Duration = .patience
    ) async throws {
        try await wait(
            for: "\(daemon) shown \(status.rawValue) \(reason)", within: limit,
            detail: { "it is \((try? shown("status || ': ' || reason", of: daemon)) ?? "unknown")" },
            until: {
                let now = try shown("status || ': ' || reason", of: daemon) ?? ""
                return now.hasPrefix("\(status.rawValue): ") && now.contains(reason) ? now : nil
            })
    }

    /// Waits until the daemon has counted at least that many steps.
    func steps(_ count: Int, of daemon: String, within limit: Duration = .patience) async throws {
        try await wait(
            for: "\(count) steps of \(daemon)", within: limit,
            detail: { "it has \((try? shown("steps || ' and is ' || reason", of: daemon)) ?? "no row")" },
            until: {
                let steps = try shown("steps", of: daemon).flatMap { Int($0) } ?? 0
                return steps >= count ? steps : nil
            })
    }
}
