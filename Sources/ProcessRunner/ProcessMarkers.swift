import Platform

/// The variables by which a program and all that it starts are known again: whose they are, and of which run.
///
/// Whoever starts a process passes them on, unless it clears the environment on purpose.
struct ProcessMarkers: Sendable {
    static let hostVariable = "LUNAD_HOST"
    static let jobVariable = "LUNAD_JOB"
    static let runVariable = "LUNAD_RUN"

    let hostID: String
    /// Tells the runs of this runner from those of every other one.
    private let runner = BootID.make()

    init(hostID: String) { self.hostID = hostID }

    func variables(run: Int, job: String?) -> [String: String] {
        var variables = [Self.hostVariable: hostID, Self.runVariable: "\(runner).\(run)"]
        variables[Self.jobVariable] = job
        return variables
    }

    /// The number of a run of this runner; nil for another's.
    func run(of variable: String) -> Int? {
        guard variable.hasPrefix(runner + ".") else { return nil }
        return Int(variable.dropFirst(runner.count + 1))
    }
}
