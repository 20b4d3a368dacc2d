import LuaRuntime
import Model
import Platform

/// What one script declares, as far as an editor can use it: the keys of its config or arguments, and its state.
struct ScriptShape {
    enum Part {
        case daemon
        case job
    }

    var part: Part
    var name: String
    /// Its config keys or arguments; nil for a job type that takes any.
    var values: [ConfigKey]?
    var state: Value = .emptyTable

    /// Its name as a part of a class's name.
    var className: String { AnnotationText.word(name) }

    /// The class of the table that the script returns.
    var tableClass: String {
        part == .daemon ? AnnotationText.daemonClass(of: name) : AnnotationText.jobClass(of: name)
    }

    /// Whether a launch may leave the arguments out.
    var canOmitValues: Bool { values?.allSatisfy { !$0.isRequired || $0.defaultValue != nil } ?? true }

    /// What the script declares; nil when it does not load, or declares what is refused.
    init?(part: Part, _ source: ScriptCatalog.Source, trial: ScriptTrial) {
        guard let declared = try? trial.declared(source.bytes, name: source.path) else { return nil }
        self.part = part
        name = source.type
        switch part {
        case .daemon:
            let parsed = DaemonDeclaration.parse(
                table: declared.table, hooks: declared.functions, file: source.path)
            guard let declaration = try? parsed.get() else { return nil }
            values = declaration.config.keys
            state = declaration.initialState
        case .job:
            let parsed = JobDeclaration.parse(table: declared.table, hooks: declared.functions, file: source.path)
            guard let declaration = try? parsed.get() else { return nil }
            values = declaration.hasArgsSchema ? declaration.args.keys : nil
        }
    }

    /// Its classes.
    var annotations: String {
        switch part {
        case .daemon:
            let state = "---@class lunad.state.\(className)\n" + stateFields + "---@field [string] any\n\n"
            let table = """
                ---@class \(tableClass) : lunad.Daemon
                ---@field config lunad.config.\(className)|table<string, lunad.ConfigKey>
                ---@field state lunad.state.\(className)

                """
            let hooks = LunadAPI.daemonHooks.map { AnnotationText.hook($0, of: tableClass) }.joined()
            return keys(of: "lunad.config.\(className)", isFilled: true) + state + table + hooks + "\n"
        case .job:
            let run = """
                ---@class lunad.run.\(className) : lunad.JobRun
                ---@field args \(values == nil ? "table<string, any>" : "lunad.run.\(className).args")


                """
            let hooks = LunadAPI.jobHooks.map {
                AnnotationText.hook($0, of: tableClass, job: "lunad.run.\(className)")
            }.joined()
            let launched = values == nil ? "" : keys(of: "lunad.args.\(className)", isFilled: false)
            let given = values == nil ? "" : keys(of: "lunad.run.\(className).args", isFilled: true)
            return launched + given + run
                + "---@class \(tableClass) : lunad.JobType\n" + hooks + "\n"
        }
    }

    /// The keys as a class; once they are filled in, a key with a default always has a value.
    private func keys(of type: String, isFilled: Bool) -> String {
        let fields = (values ?? []).map { key in
            let isSure = key.defaultValue == nil ? key.isRequired : isFilled
            let words = [key.doc, key.annotationRemark].compactMap(\.self).joined(separator: " ")
            return "---@field \(key.name)\(isSure ? "" : "?") \(key.annotationType)\(AnnotationText.doc(words))\n"
        }
        return "---@class \(type)\n" + fields.joined() + "\n"
    }

    private var stateFields: String {
        guard case .object(let fields) = state else { return "" }
        // In order of their names: Lua's own order differs from one time to the next.
        return fields.filter { Self.isName($0.key) }.sorted { $0.key < $1.key }.map {
            "---@field \($0.key) \($0.value.annotationType)\n"
        }.joined()
    }

    /// Whether a field's name can stand in an annotation as it is.
    private static func isName(_ text: String) -> Bool {
        guard let first = text.first, !first.isNumber else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}

extension ConfigKey {
    fileprivate var annotationType: String {
        if type == .string, let oneOf {
            return oneOf.compactMap(\.stringValue).map { "\"\($0)\"" }.joined(separator: "|")
        }
        switch type {
        case .string, .integer, .number, .boolean: return type.rawValue
        case .list: return "any[]"
        case .table: return "table"
        }
    }

    /// Bounds and default, in brackets; nil when there is nothing to say.
    fileprivate var annotationRemark: String? {
        let fallback = defaultValue.map { "default: \(shown($0))" }
        let bounds = minimum == nil && maximum == nil ? nil : expectation
        let words = [bounds, fallback].compactMap(\.self).joined(separator: "; ")
        return words.isEmpty ? nil : "(\(words))"
    }
}

extension Value {
    fileprivate var annotationType: String {
        switch self {
        case .integer: "integer"
        case .number: "number"
        case .string, .bytes: "string"
        case .boolean: "boolean"
        case .array: "any[]"
        default: "table"
        }
    }
}
