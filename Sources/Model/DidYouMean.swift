/// Finds the known name that a mistyped one was probably meant to be.
package enum DidYouMean {
    /// Longer words than this are not compared: the cost grows with the square.
    private static let longestWord = 64

    /// The nearest candidate within a third of the word's length in edits, at least one; nil when none is near.
    ///
    /// An edit inserts, drops or replaces a character or swaps two neighbours; upper and lower case count as equal.
    /// Of equally near ones the first in `candidates` wins; the word itself is never suggested.
    package static func closest(to word: String, in candidates: some Sequence<String>) -> String? {
        let typed = Array(word.lowercased().unicodeScalars)
        guard !typed.isEmpty, typed.count <= longestWord else { return nil }
        var best: (name: String, edits: Int)?
        for candidate in candidates where candidate != word {
            let known = Array(candidate.lowercased().unicodeScalars)
            guard known.count <= longestWord else { continue }
            let edits = distance(typed, known)
            let near = edits <= max(1, max(typed.count, known.count) / 3) && edits < min(typed.count, known.count)
            if near, edits < best?.edits ?? .max { best = (candidate, edits) }
        }
        return best?.name
    }

    /// `closest` as the end of an error message: ` (did you mean "x"?)`, or nothing.
    package static func hint(for word: String, in candidates: some Sequence<String>) -> String {
        closest(to: word, in: candidates).map { " (did you mean \"\($0)\"?)" } ?? ""
    }

    /// Edits between two words, each pair of neighbours swapped at most once (optimal string alignment).
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let replacement = last[column] + (left[row] == right[column] ? 0 : 1)
                var edits = min(replacement, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    edits = min(edits, beforeLast[column - 1] + 1)
                }
                current.append(edits)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
