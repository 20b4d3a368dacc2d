import LuaSyntax
import Model
import Platform

extension ProjectFolder {
    /// What the project's job types and modules are called. Blocks for the reads.
    func names() throws(HostError) -> ProjectNames {
        guard try Files.facts(of: scripts)?.kind == .directory else { return ProjectNames() }
        var jobTypes: [String: Set<String>?] = [:]
        let catalog = ScriptCatalog(folder: self)
        for type in try catalog.jobTypes() {
            let arguments = (try? catalog.jobSource(of: type)).flatMap { ProjectNames.arguments(ofJobType: $0.bytes) }
            jobTypes.updateValue(arguments, forKey: type)
        }
        return ProjectNames(jobTypes: jobTypes, modules: Set(try catalog.modules()))
    }
}
