/// Rows of text under headings, each column as wide as its widest cell; the last one gives way when the screen is narrow.
struct TextTable {
    struct Cell {
        var text: String
        var paint: Paint?
    }

    private static let gap = "  "
    /// The last column keeps at least this much before lines may run over.
    private static let narrowest = 12

    private let headings: [String]
    /// Columns of numbers, set flush right.
    private let numeric: Set<Int>
    private var rows: [[Cell]] = []

    init(_ headings: [String], numeric: Set<Int> = []) {
        self.headings = headings
        self.numeric = numeric
    }

    mutating func add(_ cells: [Cell]) { rows.append(cells) }

    func text(for screen: Screen) -> String {
        let widths = columnWidths(limit: screen.width)
        let heading = line(headings.map { Cell(text: $0, paint: .bold) }, widths, screen)
        return heading + rows.map { line($0, widths, screen) }.joined()
    }

    private func columnWidths(limit: Int?) -> [Int] {
        var widths = headings.map(\.count)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.text.count) }
        }
        guard let limit, let last = widths.indices.last else { return widths }
        let others = widths.dropLast().reduce(0) { $0 + $1 + Self.gap.count }
        widths[last] = min(widths[last], max(Self.narrowest, limit - others))
        return widths
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ screen: Screen) -> String {
        var pieces: [String] = []
        for (column, cell) in cells.enumerated() {
            let isLast = column == cells.count - 1
            let shown = cell.text.shortened(to: widths[column])
            let blank = String(repeating: " ", count: max(0, widths[column] - shown.count))
            let painted = cell.paint.map { $0.on(shown, screen) } ?? shown
            pieces.append(numeric.contains(column) ? blank + painted : isLast ? painted : painted + blank)
        }
        return pieces.joined(separator: Self.gap) + "\n"
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// The text on one line, cut with a mark when it is longer than `width` characters.
    func shortened(to width: Int) -> String {
        let line = split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
        return line.count <= width ? line : String(line.prefix(max(0, width - 1))) + "…"
    }
}
