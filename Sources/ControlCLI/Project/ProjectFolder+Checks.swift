import Model
import Platform

extension ProjectFolder {
    /// Throws, saying what to do, when the folder is no project.
    func requireScripts() throws(HostError) {
        if try Files.facts(of: scripts)?.kind == .directory { return }
        guard try Files.facts(of: path)?.kind == .directory else {
            throw HostError(.io, "there is no folder \(path)")
        }
        throw HostError(.io, "\(path) is no lunad project: it has no scripts/; 'lunad new project NAME' makes one")
    }
}
