import Glibc
import Model

/// The files and folders that one script may touch, and the only way by which it touches them.
///
/// A path is granted when it, with every symbolic link followed, lies in a granted folder (or is a granted file), and
/// the operator's limits, when there are any, grant it as well. Granted folders may be links themselves: where they
/// lead is meant. Relative paths and grants start at the project folder.
package struct FileGrants: Sendable {
    private static let longestPath = 4_096

    private let granted: [String]
    private let limits: [String]?
    private let base: String
    private let script: String

    /// `entries` is the script's `allow.fs`, where `$key` or `$key/more` stands for a config value (a string or a list of
    /// them; nothing while it is not set); `limits` the operator's; `base` the project folder; `script` how messages
    /// call the script's file.
    package init(entries: [String], config: [Value.Field], limits: [String]?, base: String, script: String) {
        granted = entries.flatMap { Self.substitute($0, config) }.map { Self.absolute($0, base) }
        self.limits = limits?.map { Self.absolute($0, base) }
        self.base = base
        self.script = script
    }

    private static func substitute(_ entry: String, _ config: [Value.Field]) -> [String] {
        guard entry.hasPrefix("$") else { return [entry] }
        let name = entry.dropFirst().prefix { $0 != "/" }
        let rest = entry.dropFirst(1 + name.count)
        let values: [String] =
            switch config.last(where: { $0.key == name })?.value {
            case .string(let text)?: [text]
            case .array(let elements)?: elements.compactMap(\.stringValue)
            default: []
            }
        return values.filter { !$0.isEmpty }.map { $0 + rest }
    }

    private static func absolute(_ path: String, _ base: String) -> String {
        path.hasPrefix("/") ? path : base + "/" + path
    }

    /// The real path, free of links, that `path` leads to; what does not exist yet may be its last parts.
    ///
    /// `forbidden` says which line would grant it. Asks the file system, and may block for it.
    package func resolve(_ path: String) throws(HostError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0), path.utf8.count <= Self.longestPath else {
            let shown = Value.string(path).shown()
            throw HostError(
                .invalidArgument, "\(shown) is no path: expected 1 to \(Self.longestPath) bytes without NUL")
        }
        let real = try RealPath.resolve(Self.absolute(path, base))
        let way = real == path ? path : "\(path) (which leads to \(real))"
        guard Self.contains(granted, real) else {
            throw HostError(
                .forbidden,
                "\(way) is not granted: allow = { fs = { \"\(Self.folder(of: real))\" } } in \(script) would grant it")
        }
        if let limits, !Self.contains(limits, real) {
            throw HostError(
                .forbidden,
                "\(way) is granted by \(script) but not by the operator: "
                    + "allow = { fs = { \"\(Self.folder(of: real))\" } } in lunad.lua would grant it")
        }
        return real
    }

    /// Whether a real path lies in one of the roots, wherever these lead now.
    private static func contains(_ roots: [String], _ real: String) -> Bool {
        roots.contains { root in
            guard let root = try? RealPath.resolve(root) else { return false }
            return root == "/" || real == root || real.utf8.starts(with: (root + "/").utf8)
        }
    }

    /// The folder to name in a grant for `real`: itself when it is one.
    private static func folder(of real: String) -> String {
        let isFolder = (try? Files.facts(of: real))?.kind == .directory
        return isFolder ? real : Files.split(real).folder
    }
}
