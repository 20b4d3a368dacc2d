import Glibc
import Model

extension Files {
    /// Makes a folder; one that is there already is fine. Its parent must exist.
    package static func makeFolder(_ path: String) throws(HostError) {
        guard mkdir(path, 0o755) != 0 else { return }
        let number = errno
        if number == EEXIST, try facts(of: path)?.kind == .directory { return }
        throw .system(number, "cannot make the folder \(path)")
    }
}
