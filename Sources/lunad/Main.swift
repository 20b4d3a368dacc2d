import ControlAPI
import ControlCLI
import Glibc
import LuaRuntime
import Platform
import ScriptTesting
import SQLiteStore

/// The program: the command line, with the hosting of a project put in.
@main
struct Main {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let status = await CommandLineTool.main(
            arguments: arguments, clock: SystemClock(), libraries: libraries, runTests: ScriptTestProcess.run,
            rehearseSwap: SwapRehearsal.run,
            runHost: { options in await HostProcess.run(options) })
        exit(status)
    }

    /// The versions of the libraries that this process has loaded, for `lunad doctor`.
    private static var libraries: [LibraryVersion] {
        [
            LibraryVersion(name: "Lua", version: LuaState.libraryVersion),
            LibraryVersion(name: "SQLite", version: SQLiteStore.libraryVersion),
            LibraryVersion(name: "libmicrohttpd", version: ControlServer.libraryVersion),
        ]
    }
}
