import Model

/// The reference of the Lua API as text for a terminal.
struct ReferencePage {
    /// Columns that a line may take.
    let width: Int
    let screen: Screen

    /// A screen that has no width of its own gets lines of this many columns.
    static let usualWidth = 100

    init(for screen: Screen) {
        self.screen = screen
        width = min(screen.width ?? Self.usualWidth, 120)
    }

    /// The whole reference.
    func text() -> String {
        LunadAPI.sections.map(text(of:)).joined(separator: "\n")
    }

    func text(of section: LunadAPI.Section) -> String {
        let heading = Paint.bold.on(section.title.uppercased(), screen) + "\n\n"
        let parts = section.classes.map(text(of:)) + section.functions.map(text(of:))
        return heading + parts.joined(separator: "\n")
    }

    func text(of function: APIFunction) -> String {
        let waits = function.waits && !function.isHook ? "   " + Paint.dim.on("waits", screen) : ""
        var text = Paint.bold.on(function.signature, screen) + waits + "\n" + paragraph(function.doc)
        text += rows(function.parameters.map { ($0.name, $0.typeName + ($0.isOptional ? "?" : ""), $0.doc) })
        if !function.returns.isEmpty {
            let results = function.results.map { "\($0.type): \($0.doc)" }.joined(separator: "; ")
            text += paragraph("Returns \(results).")
        }
        if !function.raises.isEmpty { text += paragraph("Raises: \(function.raises)") }
        if !function.example.isEmpty {
            text += "    Example:\n" + function.example.indented(by: 6)
        }
        return text
    }

    func text(of type: APIClass) -> String {
        let fields = type.fields.map { field in
            let fallback = field.fallback.map { " Default: \($0)." } ?? ""
            return (field.name, field.type + (field.isOptional ? "?" : ""), field.doc + fallback)
        }
        return Paint.bold.on(type.name, screen) + "\n" + paragraph(type.doc) + rows(fields)
    }

    func text(of field: APIClass.Field, in type: APIClass) -> String {
        let fallback = field.fallback.map { " Default: \($0)." } ?? ""
        let kind = field.type + (field.isOptional ? "?" : "")
        return Paint.bold.on("\(type.name).\(field.name)", screen) + "   \(kind)\n" + paragraph(field.doc + fallback)
    }

    private func paragraph(_ text: String) -> String {
        WrappedText.lines(text.filter { $0 != "`" }, width: width, indent: 4)
    }

    /// Name, type and meaning; the meaning goes below when its column would be too narrow.
    private func rows(_ rows: [(String, String, String)]) -> String {
        let name = rows.map(\.0.count).max() ?? 0
        let type = rows.map(\.1.count).filter { $0 <= 24 }.max() ?? 0
        let column = 6 + name + 2 + type + 2
        return rows.map { row in
            let lead = "      " + row.0.padded(to: name) + "  " + row.1.padded(to: type) + "  "
            let doc = row.2.filter { $0 != "`" }
            guard row.1.count <= type, width - column >= 40 else {
                let head = "      " + row.0.padded(to: name) + "  " + row.1 + "\n"
                return head + WrappedText.lines(doc, width: width, indent: 10)
            }
            return WrappedText.lines(doc, width: width, indent: column, first: lead)
        }.joined()
    }
}

extension String {
    /// Each of its lines behind so many blanks, with a line end.
    func indented(by count: Int) -> String {
        let blank = String(repeating: " ", count: count)
        return split(separator: "\n", omittingEmptySubsequences: false).map { blank + $0 + "\n" }.joined()
    }
}

extension APIFunction {
    var isHook: Bool { (LunadAPI.daemonHooks + LunadAPI.jobHooks).contains { $0.name == name } }

    /// How it is called: `lunad.jobs.launch(type, args, options)`; a hook as it is written.
    var signature: String {
        let names = parameters.map { $0.type == .variadic ? "..." : $0.name }
        guard isHook else { return "\(spelling)(\(names.joined(separator: ", ")))" }
        return "\(name)(\((["self"] + names).joined(separator: ", ")))"
    }
}

extension APIFunction.Parameter {
    /// Its type for a reader: the class of a table that has one.
    var typeName: String {
        if type == .variadic { return "..." }
        return type == .table ? shape ?? "table" : type.rawValue
    }
}
