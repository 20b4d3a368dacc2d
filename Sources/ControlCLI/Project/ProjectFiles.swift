import Model
import Platform

/// A Lua file of a project, with the part it plays.
struct ProjectFile {
    enum Part {
        /// A daemon's script: returns the daemon's table.
        case daemon
        /// A script of `scripts/jobs`: returns a job type's table.
        case job
        /// A module of `scripts/lib`.
        case module
        /// A test of scripts: `NAME_test.lua` in `scripts/tests`.
        case test
        /// The host's settings.
        case settings
    }

    var part: Part
    /// As messages name it: from the project's folder on where it lies in it.
    var name: String
    var path: String
}

extension ProjectFolder {
    private static let deepestModules = 8

    /// Every Lua file that a host or a test would read here: settings, daemons, job types, modules, tests.
    func files() throws(HostError) -> [ProjectFile] {
        var files: [ProjectFile] = []
        if try Files.facts(of: settings) != nil {
            files.append(ProjectFile(part: .settings, name: "lunad.lua", path: settings))
        }
        for type in try ScriptCatalog(folder: self).types() { files.append(file("scripts/\(type).lua")) }
        for type in try ScriptCatalog(folder: self).jobTypes() { files.append(file("scripts/jobs/\(type).lua")) }
        for folder in ["scripts/lib", "scripts/tests"] where try Files.facts(of: "\(path)/\(folder)") != nil {
            files += try scripts(in: folder, depth: 0)
        }
        return files.filter { $0.part != .test || $0.name.hasSuffix(ScriptTestOptions.ending) }
    }

    /// The file or the files in the folder at `given`, a path from the current folder on.
    func files(at given: String) throws(HostError) -> [ProjectFile] {
        guard let facts = try Files.facts(of: given) else { throw HostError(.io, "there is no \(given)") }
        guard facts.kind == .directory else { return [file(at: given)] }
        let inner = ProjectFolder(path: given)
        if try Files.facts(of: inner.scripts)?.kind == .directory { return try inner.files() }
        return try scripts(in: given)
    }

    /// The scripts in a folder, and those in its `jobs`, `lib` and `tests`.
    private func scripts(in folder: String) throws(HostError) -> [ProjectFile] {
        var files = try Files.list(folder).filter { $0.hasSuffix(".lua") }.map { file(at: "\(folder)/\($0)") }
        for name in ["jobs", "lib", "tests"] where try Files.facts(of: "\(folder)/\(name)")?.kind == .directory {
            files += try ProjectFolder(path: folder).scripts(in: name, depth: 0).map { file(at: $0.path) }
        }
        return files.filter { $0.part != .test || $0.name.hasSuffix(ScriptTestOptions.ending) }
    }

    private func scripts(in folder: String, depth: Int) throws(HostError) -> [ProjectFile] {
        guard depth < Self.deepestModules else { return [] }
        var files: [ProjectFile] = []
        for name in try Files.list("\(path)/\(folder)") {
            let relative = "\(folder)/\(name)"
            if name.hasSuffix(".lua") {
                files.append(file(relative))
            } else if try Files.facts(of: "\(path)/\(relative)")?.kind == .directory {
                files += try scripts(in: relative, depth: depth + 1)
            }
        }
        return files
    }

    private func file(_ relative: String) -> ProjectFile { file(at: "\(path)/\(relative)") }

    private func file(at path: String) -> ProjectFile {
        var name = path.hasPrefix(self.path + "/") ? String(path.dropFirst(self.path.count + 1)) : path
        while name.hasPrefix("./") { name.removeFirst(2) }
        return ProjectFile(part: Self.part(of: name), name: name, path: path)
    }

    private static func part(of name: String) -> ProjectFile.Part {
        let folders = name.split(separator: "/").dropLast()
        if folders.contains("lib") { return .module }
        if folders.contains("tests") { return .test }
        if folders.last == "jobs" { return .job }
        return name == "lunad.lua" ? .settings : .daemon
    }
}
