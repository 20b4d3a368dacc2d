import Glibc
import Model

/// Finds the file that a program's name stands for, by the rules of `execvp`.
enum ProgramPath {
    /// The path of an executable file.
    ///
    /// `notFound` or `forbidden` says where was looked. Parts of `path` that are empty or relative are passed over: what
    /// they lead to depends on where the host was started. Asks the file system.
    static func find(_ spec: ProcessSpec, path: String?) throws(HostError) -> String {
        let program = spec.argv.first ?? ""
        if program.contains("/") {
            let file = program.hasPrefix("/") ? program : (spec.folder.map { $0 + "/" } ?? "") + program
            return try verified(file, spec)
        }
        let path = path ?? "/usr/local/bin:/usr/bin:/bin"
        var refused: String?
        for folder in path.split(separator: ":") where folder.hasPrefix("/") {
            let file = folder + "/" + program
            switch look(file) {
            case .executable: return file
            case .refused: refused = refused ?? file
            case .missing: continue
            }
        }
        if let refused { throw notExecutable(refused, spec) }
        throw HostError(.notFound, "cannot run \(spec.name): there is no such program in PATH (\(path))")
    }

    private enum Look {
        case executable
        case refused
        case missing
    }

    private static func look(_ file: String) -> Look {
        var facts = stat()
        guard stat(file, &facts) == 0 else { return errno == EACCES ? .refused : .missing }
        guard facts.st_mode & S_IFMT == S_IFREG else { return .missing }
        return faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0 ? .executable : .refused
    }

    private static func verified(_ file: String, _ spec: ProcessSpec) throws(HostError) -> String {
        switch look(file) {
        case .executable: return file
        case .refused: throw notExecutable(file, spec)
        case .missing: throw HostError(.notFound, "cannot run \(spec.name): \(file) does not exist, or is no file")
        }
    }

    private static func notExecutable(_ file: String, _ spec: ProcessSpec) -> HostError {
        HostError(.forbidden, "cannot run \(spec.name): \(file) is not executable for the host's user")
    }
}
