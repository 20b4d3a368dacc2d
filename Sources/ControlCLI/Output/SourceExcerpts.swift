import LuaSyntax
import Model
import Platform

/// Shows lines of source files; each file is read once.
struct SourceExcerpts {
    private var files: [String: [[UInt8]]] = [:]

    /// One line as it can be shown, and the blanks that bring a mark below the column.
    struct Excerpt {
        var line: String
        var indent: String
    }

    /// The line at `position`, cut around the column to fit `width` with a margin; nil when the file has no such line.
    mutating func excerpt(of path: String, at position: SourcePosition, width: Int) -> Excerpt? {
        guard let bytes = lines(of: path)[at: position.line - 1] else { return nil }
        let before = shown(bytes.prefix(position.column - 1))
        let after = shown(bytes.dropFirst(position.column - 1))
        let room = max(20, width - 8)
        let kept = String(before.suffix(room / 2))
        guard before.count + after.count > room else {
            return Excerpt(line: before + after, indent: String(repeating: " ", count: before.count))
        }
        return Excerpt(
            line: kept + String(after.prefix(room - kept.count)), indent: String(repeating: " ", count: kept.count))
    }

    private func shown(_ bytes: some Sequence<UInt8>) -> String {
        let text = String(decoding: Array(bytes), as: UTF8.self)
        return TerminalText.escape(text.replacing(tabsBy: "  "))
    }

    private mutating func lines(of path: String) -> [[UInt8]] {
        if let known = files[path] { return known }
        let source = (try? Files.read(path, limit: ScriptCatalog.sourceLimit)) ?? []
        let lines = source.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            Array(line.last == 0x0D ? line.dropLast() : line)
        }
        files[path] = lines
        return lines
    }
}

extension [[UInt8]] {
    fileprivate subscript(at index: Int) -> [UInt8]? { indices.contains(index) ? self[index] : nil }
}

extension String {
    fileprivate func replacing(tabsBy blanks: String) -> String {
        split(separator: "\t", omittingEmptySubsequences: false).joined(separator: blanks)
    }
}
