import Glibc
import Model
import Platform

/// The project as a test's host sees it: a folder of its own with the project's scripts in it, so that what a daemon
/// writes below it, or a test puts there, is nowhere near the project's own files. It is gone after the test.
final class TestFolder {
    let project: ProjectFolder
    private let clock: any HostClock
    private var made = 0

    var path: String { project.path }

    /// Files that a test writes were changed at the time of `clock`.
    init(of original: ProjectFolder, clock: any HostClock) throws(HostError) {
        self.clock = clock
        let parent = Self.parent
        var template = Array("\(parent)/\(Self.prefix)\(getpid())-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, let real = realpath(template, nil) else {
            throw HostError(
                .io, "no folder for the test can be made in \(parent)", cause: String(cString: strerror(errno)))
        }
        defer { free(real) }
        project = ProjectFolder(path: String(cString: real))
        guard symlink(original.scripts, project.scripts) == 0 else {
            throw HostError(.io, "no folder for the test can be made", cause: String(cString: strerror(errno)))
        }
    }

    deinit { Self.remove(project.path) }

    static let prefix = "lunad-test-"
    static var parent: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

    /// Removes what processes left that were ended in the middle of a test.
    static func removeLeftovers() {
        for name in (try? Files.list(parent)) ?? [] where name.hasPrefix(prefix) {
            let parts = name.dropFirst(prefix.utf8.count).split(separator: "-")
            guard let pid = parts.first.flatMap({ pid_t($0) }), pid > 0, kill(pid, 0) != 0, errno == ESRCH else {
                continue
            }
            remove("\(parent)/\(name)")
        }
    }

    /// A new folder with these files, by their paths in it; its path.
    func add(_ files: [Value.Field]) throws(HostError) -> String {
        made += 1
        let folder = "\(path)/folder-\(made)"
        try Files.makeFolder(folder)
        for file in files {
            guard file.value.typeName == "string" else {
                throw HostError(.invalidArgument, "the content of '\(file.key)' must be a string")
            }
            try write(file.value.content, to: try inside(file.key, of: folder))
        }
        return folder
    }

    func write(_ bytes: [UInt8], at given: String) throws(HostError) {
        try write(bytes, to: try inside(given, of: path))
    }

    func read(_ given: String) throws(HostError) -> [UInt8] { try Files.read(try inside(given, of: path)) }

    func remove(_ given: String) throws(HostError) {
        let place = try inside(given, of: path)
        guard try Files.facts(of: place) != nil else { throw HostError(.notFound, "there is no \(given)") }
        Self.remove(place)
    }

    private func write(_ bytes: [UInt8], to place: String) throws(HostError) {
        var folder = path
        for part in place.dropFirst(path.count).split(separator: "/").dropLast() {
            folder += "/\(part)"
            try Files.makeFolder(folder)
        }
        try Files.write(bytes, to: place)
        let now = clock.now().milliseconds
        let moment = timespec(tv_sec: Int(now / 1_000), tv_nsec: Int(now % 1_000) * 1_000_000)
        guard utimensat(AT_FDCWD, place, [moment, moment], 0) == 0 else {
            throw HostError(.io, "cannot set the time of \(place)", cause: String(cString: strerror(errno)))
        }
    }

    /// The absolute path of `given`, which has to lie in the test's own folder.
    private func inside(_ given: String, of folder: String) throws(HostError) -> String {
        let place = given.hasPrefix("/") ? given : "\(folder)/\(given)"
        let parts = place.split(separator: "/", omittingEmptySubsequences: false)
        let isLinked = place == project.scripts || place.hasPrefix(project.scripts + "/")
        guard place.hasPrefix(path + "/"), !parts.contains(".."), !place.utf8.contains(0), !isLinked else {
            throw HostError(
                .forbidden,
                "'\(given)' is not in the test's own folder: a test writes below host.path, scripts/ left out")
        }
        return place
    }

    /// Removes a file or a folder with all that is in it; links are not followed.
    static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        for name in (try? Files.list(path)) ?? [] { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
