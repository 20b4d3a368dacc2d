import ControlCLI
import Glibc
import Platform

/// The program: the command line, with the hosting of a project put in.
@main
struct Main {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let status = await CommandLineTool.main(
            arguments: arguments, clock: SystemClock(), runTests: ScriptTestProcess.run,
            runHost: { options in await HostProcess.run(options) })
        exit(status)
    }
}
