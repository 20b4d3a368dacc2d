import Model
import Platform

/// The test files of a project.
struct TestFiles {
    private static let ending = ScriptTestOptions.ending
    /// Folders of tests may be nested this deep.
    private static let deepest = 8

    struct File {
        var path: String
        /// As messages name it: from the project's folder on where it lies in it.
        var name: String
    }

    let project: ProjectFolder

    /// Those at the given paths, or the project's own. Throws `notFound` when there are none.
    func find(at paths: [String]) throws(HostError) -> [File] {
        guard !paths.isEmpty else {
            let folder = project.scripts + "/tests"
            let files = try Files.facts(of: folder)?.kind == .directory ? try list(folder, depth: 0) : []
            guard !files.isEmpty else {
                throw HostError(.io, "there are no tests: write some to scripts/tests/NAME\(Self.ending)")
            }
            return files
        }
        var files: [File] = []
        for path in paths { files += try find(at: path) }
        return files
    }

    private func find(at path: String) throws(HostError) -> [File] {
        guard let facts = try Files.facts(of: path) else { throw HostError(.io, "there is no \(path)") }
        guard facts.kind == .directory else { return [file(path)] }
        let files = try list(path, depth: 0)
        guard !files.isEmpty else {
            throw HostError(.io, "there are no tests in \(path): no file ends with \(Self.ending)")
        }
        return files
    }

    private func list(_ folder: String, depth: Int) throws(HostError) -> [File] {
        var files: [File] = []
        for name in try Files.list(folder) {
            let path = "\(folder)/\(name)"
            if name.hasSuffix(Self.ending) {
                files.append(file(path))
            } else if depth < Self.deepest, try Files.facts(of: path)?.kind == .directory {
                files += try list(path, depth: depth + 1)
            }
        }
        return files
    }

    private func file(_ path: String) -> File {
        let isInside = path.hasPrefix(project.path + "/")
        var name = isInside ? String(path.dropFirst(project.path.utf8.count + 1)) : path
        while name.hasPrefix("./") { name.removeFirst(2) }
        return File(path: path, name: name)
    }
}
