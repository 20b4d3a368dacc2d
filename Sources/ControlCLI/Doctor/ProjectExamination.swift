import Glibc
import LuaSyntax
import Model
import Platform

/// Looks at the project's folder: its parts, its rights, its scripts.
struct ProjectExamination {
    let context: CommandContext
    private var project: ProjectFolder { context.project }

    func diagnoses() -> [Diagnosis] {
        do throws(HostError) {
            try project.requireScripts()
        } catch {
            return [.fail("project", error.description, advice: "say which project is meant with --dir DIR")]
        }
        return [scripts()] + rights()
    }

    private func scripts() -> Diagnosis {
        do throws(HostError) {
            let foreign = ForeignFiles(of: project, clock: context.clock, timeout: context.loadTimeout)
            let files = try project.files().filter { !foreign.contains($0) }
            let inspector = try ScriptInspector(project: project, clock: context.clock, timeout: context.loadTimeout)
            var findings: [Finding] = []
            for file in files { findings += try inspector.inspect(file) }
            return Self.judge(findings, files: files.count)
        } catch {
            return .fail("scripts", "they cannot be read: \(error)", advice: "check the rights of scripts/")
        }
    }

    private static func judge(_ findings: [Finding], files: Int) -> Diagnosis {
        let errors = findings.filter { $0.severity == .error }
        let all = "\(files) file\(files == 1 ? "" : "s")"
        if let first = errors.first {
            let count = "\(errors.count) error\(errors.count == 1 ? "" : "s")"
            return .fail("scripts", "\(count) in \(all), such as \(first)", advice: "see all with 'lunad check'")
        }
        let warnings = findings.filter { $0.severity == .warning }
        if let first = warnings.first {
            let count = "\(warnings.count) warning\(warnings.count == 1 ? "" : "s")"
            return .warn("scripts", "\(count) in \(all), such as \(first)", advice: "see all with 'lunad check'")
        }
        return .ok("scripts", "\(all) checked")
    }

    // MARK: - Rights

    private func rights() -> [Diagnosis] {
        guard let runtime = try? Files.facts(of: project.runtime) else {
            return [
                access(project.path, W_OK | X_OK) == 0
                    ? .ok("rights", "\(project.runtime) is made when the host first runs")
                    : .fail(
                        "rights", "\(project.runtime) cannot be made in \(project.path)",
                        advice: "let the host's user write to \(project.path)")
            ]
        }
        var found: [Diagnosis] = []
        if access(project.runtime, R_OK | W_OK | X_OK) != 0 {
            found.append(
                .fail(
                    "rights", "\(project.runtime) cannot be written by this user",
                    advice: "run lunad as the user who owns it, or give it to this one"))
        }
        if runtime.mode & 0o022 != 0 { found.append(tooOpen(project.runtime, runtime, "755")) }
        for path in [project.database, project.database + "-wal"] {
            guard let facts = try? Files.facts(of: path) else { continue }
            if facts.mode & 0o022 != 0 { found.append(tooOpen(path, facts, "644")) }
            if access(path, R_OK | W_OK) != 0 {
                found.append(
                    .fail(
                        "rights", "\(path) cannot be written by this user",
                        advice: "run lunad as the user who owns it, or give it to this one"))
            }
        }
        for path in [project.socket, project.token] {
            guard let facts = try? Files.facts(of: path) else { continue }
            if facts.mode & 0o077 != 0 { found.append(tooOpen(path, facts, "600")) }
        }
        return found.isEmpty ? [.ok("rights", "\(project.runtime) is this user's to write, and nobody else's")] : found
    }

    private func tooOpen(_ path: String, _ facts: FileFacts, _ right: String) -> Diagnosis {
        .fail(
            "rights", "\(path) is open to others (mode \(String(facts.mode, radix: 8)))",
            advice: "chmod \(right) \(path)")
    }
}
