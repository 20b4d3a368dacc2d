import ControlCLI
import Glibc
import Platform

/// The program: the command line, with the hosting of a project put in.
@main
struct Main {
    @MainActor
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        // Threads inherit what is blocked, so this comes before the first of them; other commands end by signals.
        if CommandLineTool.willHost(arguments) { Signals.block() }
        let status = await CommandLineTool.main(arguments: arguments, clock: SystemClock()) { options in
            await HostProcess.run(options)
        }
        exit(status)
    }
}
