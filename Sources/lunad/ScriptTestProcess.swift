import ControlCLI
import DaemonHost
import Model
import Platform
import ScriptTesting

/// `lunad test`: the tests of one project, with its own settings.
enum ScriptTestProcess {
    static func run(
        _ project: ProjectFolder, _ options: ScriptTestOptions, _ tell: @escaping @Sendable (ScriptTestEvent) -> Void
    ) async throws(HostError) {
        let folder = try HostParts.folder(project.path)
        let settings = try ProjectSettings.read(folder, clock: SystemClock())
        try await ProjectTests.run(folder, settings: settings, options, tell: tell)
    }
}
