/// What the other files of a project are called, for scripts that name them. Nil where nothing is known: then no name is
/// doubted.
package struct ProjectNames: Sendable {
    /// The job types, each with the names of the arguments that it declares; nil for one that takes any.
    package var jobTypes: [String: Set<String>?]?
    /// The modules of `scripts/lib` as `require` names them.
    package var modules: Set<String>?

    package init(jobTypes: [String: Set<String>?]? = nil, modules: Set<String>? = nil) {
        self.jobTypes = jobTypes
        self.modules = modules
    }

    /// The names of the arguments that this text of a job type declares; nil when it takes any, or the text does not
    /// show them all.
    package static func arguments(ofJobType source: [UInt8]) -> Set<String>? {
        guard source.count <= ScriptChecker.maximumSourceBytes, let chunk = try? Parser.parse(source) else {
            return nil
        }
        return DaemonTable(in: chunk)?.argumentNames
    }
}
