/// Breaks text at blanks.
enum WrappedText {
    /// No line is made narrower than this, however far it is indented.
    private static let narrowest = 24

    /// `text` in lines of at most `width` characters, each behind `indent` blanks; a longer word stands alone. `first`
    /// stands in the place of the first line's indent.
    static func lines(_ text: String, width: Int, indent: Int, first: String? = nil) -> String {
        let blank = String(repeating: " ", count: indent)
        let room = max(narrowest, width - indent)
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            for word in paragraph.split(separator: " ") {
                if !line.isEmpty, line.count + 1 + word.count > room {
                    lines.append(line)
                    line = ""
                }
                line += (line.isEmpty ? "" : " ") + word
            }
            lines.append(line)
        }
        let marks = [first ?? blank] + lines.dropFirst().map { _ in blank }
        return zip(marks, lines).map { $0 + $1 + "\n" }.joined()
    }
}
