import Glibc
import Model
import Platform
import SQLiteStore

/// Looks at the host, or at what the last one left.
struct HostExamination {
    let context: CommandContext
    private var project: ProjectFolder { context.project }

    /// Its findings, and the process that hosts the project.
    func diagnoses() async -> (found: [Diagnosis], host: Int32?) {
        let holder: ProjectLock.Holder?
        do throws(HostError) {
            holder = try ProjectLock.holder(of: project.lock)
        } catch {
            return ([.fail("host", error.description, advice: "check the rights of \(project.lock)")], nil)
        }
        guard let holder else { return ([withoutHost()], nil) }
        return (await running(holder), holder.pid)
    }

    // MARK: - No host

    private func withoutHost() -> Diagnosis {
        let last = try? SQLiteStore.lastRun(path: project.database)
        if let last, last.stoppedAt == nil {
            return .warn(
                "host", "none is running, and the last one (process \(last.pid)) was killed or crashed",
                advice: "look at the end of its log: 'lunad logs'; what it had acknowledged is kept")
        }
        let left = (try? Files.facts(of: project.lock)) != nil
        return .ok("host", left ? "none is running; the lock that is left counts for nothing" : "none is running")
    }

    // MARK: - A host

    private func running(_ holder: ProjectLock.Holder) async -> [Diagnosis] {
        let name = holder.pid.map { "process \($0)" } ?? "a process"
        do throws(HostError) {
            let client = try ControlClient(project)
            let health = try await client.call(.get, ["health"])
            let version = health["version"]?.stringValue ?? "unknown"
            var found = [Diagnosis.ok("host", "\(name) runs and answers")]
            if version != LunadVersion.current {
                found.append(
                    .warn(
                        "version", "the host is lunad \(version), this command is \(LunadVersion.current)",
                        advice: "restart the host to have it run what is installed"))
            }
            return found + (try await readiness(client)) + (try await daemons(client))
        } catch {
            return [
                .fail(
                    "host", "\(name) holds the lock but does not answer: \(error)",
                    advice: "if it is still starting or stopping, wait; else look at its log, and end it")
            ]
        }
    }

    private func readiness(_ client: ControlClient) async throws(HostError) -> [Diagnosis] {
        let answer = try await client.call(.get, ["ready"], accepting: 503)
        guard answer["ready"] != true else { return [.ok("ready", "the host is ready")] }
        guard case .array(let reasons)? = answer["reasons"] else { return [] }
        return reasons.compactMap(\.stringValue).map { reason in
            .fail("ready", "the host is not ready: \(reason)", advice: "'lunad why' of that daemon tells more")
        }
    }

    private func daemons(_ client: ControlClient) async throws(HostError) -> [Diagnosis] {
        guard case .array(let records) = try await client.call(.get, ["api", "daemons"]) else { return [] }
        let failed = records.filter { $0["status"] == "failed" }.compactMap { $0["name"]?.stringValue }
        guard let first = failed.first else { return [.ok("daemons", "\(records.count), none has failed")] }
        return [
            .warn(
                "daemons", "\(failed.count) of \(records.count) failed: \(failed.prefix(5).joined(separator: ", "))",
                advice: "see 'lunad why \(first)'")
        ]
    }
}
