import Glibc
import Model
import Synchronization

/// The time zones that the system knows by name, such as `Europe/Berlin`; each is read once.
package final class TimeZones: Sendable {
    /// A compiled zone takes some thousand bytes.
    private static let largest = 1 << 20
    private static let longestName = 100

    private let folder: String
    private let known = Mutex<[String: ZoneRules]>(["UTC": .utc])

    /// `folder` has the compiled zones.
    package init(folder: String = "/usr/share/zoneinfo") { self.folder = folder }

    /// The zone of that name. Throws `invalidArgument` with a near name when there is none. Reads a small file the first
    /// time.
    package func rules(of name: String) throws(HostError) -> ZoneRules {
        if let found = known.withLock({ $0[name] }) { return found }
        guard Self.isName(name), let facts = try Files.facts(of: "\(folder)/\(name)"), facts.kind == .file else {
            throw unknown(name)
        }
        do throws(HostError) {
            let rules = try ZoneRules(compiled: try Files.read("\(folder)/\(name)", limit: Self.largest))
            known.withLock { $0[name] = rules }
            return rules
        } catch {
            throw HostError(
                .invalidArgument, "the time zone '\(name)' cannot be used: \(folder)/\(name) \(error.message)")
        }
    }

    /// Whether it can be a name at all, and leads nowhere but below the folder.
    private static func isName(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isWord = { (part: Substring) in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    switch Unicode.Scalar(byte) {
                    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "+": true
                    default: false
                    }
                }
        }
        return name.utf8.count <= longestName && parts.allSatisfy(isWord)
    }

    private func unknown(_ name: String) -> HostError {
        let names = names()
        guard !names.isEmpty else {
            return HostError(
                .invalidArgument,
                "there is no time zone '\(name)': \(folder) has none; the package tzdata installs them")
        }
        let wanted = name.lowercased()
        let sameCity = names.first { $0.lowercased() == wanted || $0.lowercased().hasSuffix("/" + wanted) }
        let hint = sameCity.map { " (did you mean \"\($0)\"?)" } ?? DidYouMean.hint(for: name, in: names)
        return HostError(
            .invalidArgument, "there is no time zone '\(name)'\(hint); expected a name such as Europe/Berlin or UTC")
    }

    /// Every name, from the list of the database: `Z NAME …` and `L TARGET NAME` lines.
    private func names() -> [String] {
        guard let bytes = try? Files.read("\(folder)/tzdata.zi", limit: Self.largest) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            switch words.first {
            case "Z" where words.count > 1: return String(words[1])
            case "L" where words.count > 2: return String(words[2])
            default: return nil
            }
        }
    }
}
