import Model
import Platform
import Synchronization

/// Waits for a job's end by the host's events, and shows how far it is.
struct JobWait: Sendable {
    let client: ControlClient
    /// Where the progress is shown when it is a terminal.
    let screen: Screen?

    /// The job as it ended.
    func end(of job: Value) async throws(HostError) -> Value {
        let id = job["id"]
        let address = ["api", "jobs", id?.shown() ?? ""]
        let last = Mutex(job)
        let bar = ProgressBar(screen)
        // From the first event that is kept: the job may have ended before the stream begins. Where events are missing,
        // the job itself tells how it stands.
        try await client.events([("kind", "job"), ("after", "0")]) { event in
            let isGap = event.kind == "missed"
            let found = isGap ? try? client.callHere(.get, address) : try? JSON.decode(event.data, style: .typed)
            guard let told = found, told["id"] == id else { return true }
            last.withLock { $0 = told }
            bar.show(told)
            return !Self.isOver(told)
        }
        bar.clear()
        let told = last.withLock { $0 }
        guard Self.isOver(told) else {
            throw HostError(.unavailable, "the host has ended; the job goes on when it runs again")
        }
        return told
    }

    private static func isOver(_ job: Value) -> Bool {
        job["status"]?.stringValue.flatMap(JobStatus.init)?.isTerminal ?? false
    }
}
