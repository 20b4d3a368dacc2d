/// The port through which the control plane asks the engine about jobs and for changes to them.
///
/// What changes something is durable when it returns. An unknown id or type answers `notFound`.
package protocol JobControl: AnyObject, Sendable {
    /// Checks the arguments against what the type declares and launches; `invalidArgument` names every problem. The type's
    /// own number of attempts counts unless `attempts` is given.
    func launch(_ request: JobRequest, attempts: Int?) async throws(HostError) -> JobLaunch
    func job(_ id: Int64) async throws(HostError) -> JobRecord
    /// Newest first.
    func jobs(_ query: JobQuery) async throws(HostError) -> [JobRecord]
    func countJobs() async throws(HostError) -> [JobStatus: Int]
    /// Asks for the end; the record after it, `cancelling` when it runs. `conflict` when the job has ended.
    func cancel(_ id: Int64, reason: String) async throws(HostError) -> JobRecord
    /// A failed or cancelled job becomes pending with fresh attempts; `conflict` in any other status.
    func retry(_ id: Int64) async throws(HostError) -> JobRecord
    /// What became of the jobs that a daemon launched, or of one job, newest first.
    func history(of daemon: String?, job: Int64?, limit: Int) async throws(HostError) -> [JobHistory]
    /// What the program of a command job wrote so far: standard output and standard error.
    func output(of id: Int64) async throws(HostError) -> (out: [UInt8], err: [UInt8])
}
