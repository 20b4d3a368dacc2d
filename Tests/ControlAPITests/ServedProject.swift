import Glibc
import Model
import Platform
import SQLiteStore
import Synchronization
import Testing

@testable import ControlAPI
@testable import ControlCLI

/// A project's folder with a server on its socket; commands run on it with their output caught.
final class ServedProject: Sendable {
    let served: ServedHost
    let folder: ProjectFolder
    private let output = Mutex("")

    init() throws {
        var template = Array("/tmp/lunad-served-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template), "mkdtemp failed")
        folder = ProjectFolder(path: String(cString: made))
        try Files.makeFolder(folder.scripts)
        try Files.makeFolder(folder.runtime)
        served = try ServedHost(socket: folder.socket)
    }

    deinit {
        served.server.stop()
        for path in [folder.token, folder.runtime, folder.scripts, folder.path] { remove(path) }
    }

    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var messages: String
    }

    /// What the commands have written so far.
    var caught: String { output.withLock { $0 } }

    func run(_ words: [String], width: Int? = nil) async -> Outcome {
        let start = caught.utf8.count
        let messages = Caught()
        let context = CommandContext(
            output: Screen { [self] text in output.withLock { $0 += text } },
            messages: Screen(width: width) { messages.add($0) }, clock: ManualClock(), runHost: { _ in 0 })
        let status = await CommandLineTool.run(["--dir", folder.path] + words, in: context)
        return Outcome(
            status: status, output: String(decoding: caught.utf8.dropFirst(start), as: UTF8.self),
            messages: messages.text)
    }
}

/// Text that a command has written so far.
private final class Caught: Sendable {
    private let caught = Mutex("")

    func add(_ more: String) { caught.withLock { $0 += more } }

    var text: String { caught.withLock { $0 } }
}
