import CCurl
import Model
import Platform

/// Looks for what is wrong with a project, its host and the machine, and says what to do.
struct DoctorCommand: Command {
    static let declaration = CommandDeclaration(
        name: "doctor", summary: "look for what is wrong here, and say what to do",
        discussion: """
            Looks at the scripts, the rights of files, the host or what the last one left, the database, the disk, the
            clock, memory and limits. Works with and without a running host, and changes nothing. Exit status 1 when
            something does not work; warnings alone do not count. With --json: an array of
            {verdict, subject, finding, advice}, the verdict being ok, warn or fail.
            """,
        options: [
            .init(long: "full", doc: "check every index of the database too; takes its time when that is large")
        ])

    private let isThorough: Bool

    init(_ arguments: ParsedArguments) { isThorough = arguments.has("full") }

    func run(in context: CommandContext) async throws(HostError) -> ExitCode {
        var found = [versions(context)]
        let project = ProjectExamination(context: context).diagnoses()
        found += project
        // Without a project there is nothing else to look at.
        if project.first?.subject != "project" {
            let (host, pid) = await HostExamination(context: context).diagnoses()
            found += host
            found += DatabaseExamination(context: context, isThorough: isThorough).diagnoses()
            found += MachineExamination(context: context, host: pid).diagnoses()
        }
        try show(found, in: context)
        return found.contains { $0.verdict == .fail } ? .failed : .done
    }

    private func versions(_ context: CommandContext) -> Diagnosis {
        if let problem = lunad_curl_load() {
            return .fail("versions", String(cString: problem), advice: "install libcurl 7.85 or newer")
        }
        let curl = String(cString: lunad_curl_version()).split(separator: " ").first ?? ""
        let libraries =
            context.libraries + [
                LibraryVersion(name: "libcurl", version: curl.split(separator: "/").last.map(String.init) ?? "unknown")
            ]
        let list = libraries.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
        return .ok("versions", "lunad \(LunadVersion.current), \(list)")
    }

    private func show(_ found: [Diagnosis], in context: CommandContext) throws(HostError) {
        if context.isJSON { return context.output.line(try JSON.encode(.array(found.map(\.value)))) }
        let width = found.map(\.subject.count).max() ?? 0
        for diagnosis in found {
            let paint: Paint =
                switch diagnosis.verdict {
                case .ok: .green
                case .warn: .yellow
                case .fail: .red
                }
            let verdict = paint.on(diagnosis.verdict.rawValue.padded(to: 4), context.output)
            let finding = TerminalText.escape(diagnosis.finding)
            context.output.line("\(verdict)  \(diagnosis.subject.padded(to: width))  \(finding)")
            if let advice = diagnosis.advice {
                context.output.line(String(repeating: " ", count: width + 8) + TerminalText.escape(advice))
            }
        }
        let (warnings, failures) = (found.count { $0.verdict == .warn }, found.count { $0.verdict == .fail })
        context.note(
            "\(failures) failure\(failures == 1 ? "" : "s"), \(warnings) warning\(warnings == 1 ? "" : "s")")
    }
}
