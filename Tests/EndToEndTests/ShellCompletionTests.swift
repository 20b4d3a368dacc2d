import Glibc
import Platform
import Testing

@Suite("Completing in a shell")
struct ShellCompletionTests {
    private static func has(_ shell: String) -> Bool { access("/usr/bin/\(shell)", X_OK) == 0 }

    /// What each command line is completed to, in the order of the lines.
    private static let lines = [
        (["lunad", "sta"], ["status", "start"]), (["lunad", "stop", "wel"], ["well"]),
        (["lunad", "config", "well", "gr"], ["greeting="]), (["lunad", "logs", "--lev"], ["--level"]),
        (["lunad", "jobs", "sh"], ["show"]),
    ]

    /// Runs `script` in the shell with lunad in its PATH, in the project's folder; what it writes.
    private func run(_ shell: String, _ options: [String], _ script: String) async throws -> [String] {
        let project = try HostedProject([
            "well": "return { config = { greeting = { type = 'string' } }, run_step = function() end }"
        ])
        let binary = try HostedProject.binary
        let folder = String(binary[..<(binary.lastIndex(of: "/") ?? binary.startIndex)])
        let process = try ChildProcess(
            "/usr/bin/\(shell)", options + ["cd '\(project.folder.path)'\n\(script)"],
            environment: ["PATH": "\(folder):/usr/bin:/bin", "HOME": project.beside("home")],
            output: .file(project.beside("shell.out")), errors: .file(project.beside("shell.err")))
        try await wait(for: "the end of \(shell)") { process.ending() }
        #expect(try HostedProject.read(process.errorPath) == "", "what \(shell) complains of")
        return try HostedProject.read(process.outputPath).split(separator: "\n").map(String.init)
    }

    @Test("bash completes words, values after '=', and files by itself")
    func bash() async throws {
        let asked = Self.lines.map { "ask \($0.0.map { "'\($0)'" }.joined(separator: " "))" }
        let found = try await run(
            "bash", ["--norc", "-c"],
            """
            source <(lunad completions bash)
            ask() { COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _lunad; (IFS=,; echo "${COMPREPLY[*]}"); }
            \(asked.joined(separator: "\n"))
            ask lunad logs --level = w
            ask lunad logs --level =
            ask lunad backup scr
            """)
        #expect(
            found == Self.lines.map { $0.1.joined(separator: ",") } + ["warn", "debug,info,warn,error", "scripts"])
    }

    @Test("fish completes words, values after '=', and files by itself", .enabled(if: Self.has("fish")))
    func fish() async throws {
        let asked = Self.lines.map { "complete -C '\($0.0.joined(separator: " "))' | string replace -r '\\t.*' ''" }
        let found = try await run(
            "fish", ["--no-config", "-c"],
            """
            lunad completions fish | source
            \(asked.joined(separator: "\n"))
            complete -C 'lunad logs --level=w' | string replace -r '\\t.*' ''
            complete -C 'lunad backup scr' | string replace -r '\\t.*' ''
            """)
        #expect(Set(found) == Set(Self.lines.flatMap(\.1) + ["--level=warn", "scripts/"]))
    }

    @Test("zsh is given words with what they mean", .enabled(if: Self.has("zsh")))
    func zsh() async throws {
        let asked = Self.lines.map { "ask \($0.0.map { "'\($0)'" }.joined(separator: " "))" }
        let found = try await run(
            "zsh", ["-f", "-c"],
            """
            compdef() { [[ $1 == _lunad && $2 == lunad ]] || echo wrong }
            _describe() { local name=$3; print -rl -- ${${(P)name}%%:*} }
            _files() { echo files }
            source <(lunad completions zsh)
            ask() { words=("$@") CURRENT=$# PREFIX=$words[-1]; _lunad }
            \(asked.joined(separator: "\n"))
            ask lunad backup scr
            """)
        #expect(found == Self.lines.flatMap(\.1) + ["files"])
    }
}
