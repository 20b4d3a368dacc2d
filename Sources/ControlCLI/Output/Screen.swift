/// Where text goes, and what it can show.
package struct Screen: Sendable {
    /// Columns; nil when text may be as wide as it likes, as in a file.
    var width: Int?
    var hasColour: Bool
    /// Lines of a terminal; nil where nothing scrolls away.
    var height: Int?
    private let sink: @Sendable (String) -> Void

    package init(
        width: Int? = nil, height: Int? = nil, hasColour: Bool = false, sink: @escaping @Sendable (String) -> Void
    ) {
        self.width = width
        self.height = height
        self.hasColour = hasColour
        self.sink = sink
    }

    package func write(_ text: String) { sink(text) }

    package func line(_ text: String = "") { sink(text + "\n") }
}
