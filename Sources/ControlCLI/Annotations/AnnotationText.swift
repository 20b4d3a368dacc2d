import Model

/// The pieces of an annotation file for lua-language-server (LuaCATS), made from the declared API.
enum AnnotationText {
    /// Names of classes in annotations begin with this.
    static let prefix = "lunad."

    /// The class of the table that a daemon's script returns.
    static func daemonClass(of type: String) -> String { "lunad.daemon.\(word(type))" }

    /// The class of the table that a job type's script returns.
    static func jobClass(of type: String) -> String { "lunad.job.\(word(type))" }

    /// A script's name as a part of a class's name.
    static func word(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") ? $0 : "_" })
    }

    /// A declared type with the names of classes as annotations write them: `lunad.Job[]`.
    static func type(_ text: String) -> String {
        var out = ""
        var word = ""
        var isQuoted = false
        let flush = {
            out += LunadAPI.type(named: word) == nil ? word : prefix + word
            word = ""
        }
        for character in text {
            if !isQuoted, character.isLetter || character.isNumber || character == "_" {
                word.append(character)
                continue
            }
            flush()
            if character == "\"" { isQuoted.toggle() }
            out.append(character)
        }
        flush()
        return out
    }

    /// Text as comment lines.
    static func comment(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "---\($0)\n" }.joined()
    }

    /// A description behind an annotation, on its line.
    static func doc(_ text: String) -> String {
        " " + text.split(separator: "\n").joined(separator: " ")
    }

    static func field(_ field: APIClass.Field) -> String {
        let fallback = field.fallback.map { " (default: \($0))" } ?? ""
        return "---@field \(field.name)\(field.isOptional ? "?" : "") \(type(field.type))\(doc(field.doc + fallback))\n"
    }

    /// The function as a definition without a body; `owner` is the table that holds it in the file.
    static func function(_ function: APIFunction, in owner: String, overloads: [String] = []) -> String {
        var text = comment(function.doc)
        if !function.raises.isEmpty { text += comment("\nRaises: \(function.raises)") }
        if !function.example.isEmpty { text += comment("\n```lua\n\(function.example)\n```") }
        if function.waits { text += "---@async\n" }
        for parameter in function.parameters {
            let name = parameter.type == .variadic ? "..." : parameter.name + (parameter.isOptional ? "?" : "")
            text += "---@param \(name) \(type(of: parameter))\(doc(parameter.doc))\n"
        }
        for (index, result) in function.results.enumerated() {
            let name = index == 0 ? "" : " _"
            text += "---@return \(type(result.type))\(name) #\(doc(result.doc))\n"
        }
        for overload in overloads { text += "---@overload \(overload)\n" }
        let mark = function.name.contains(":") ? ":" : "."
        let names = function.parameters.map { $0.type == .variadic ? "..." : $0.name }
        return text + "function \(owner)\(mark)\(function.shortName)(\(names.joined(separator: ", "))) end\n\n"
    }

    /// A hook as a field that holds a function.
    static func hook(_ hook: APIFunction, of owner: String, job: String? = nil) -> String {
        let parameters = hook.parameters.map { parameter in
            "\(parameter.name): \(parameter.shape == "JobRun" ? job ?? type(of: parameter) : type(of: parameter))"
        }
        let result = hook.results.first.map { ": \(type($0.type))" } ?? ""
        let function =
            "\(hook.waits ? "async " : "")fun(\((["self: \(owner)"] + parameters).joined(separator: ", ")))\(result)"
        return "---@field \(hook.name) \(function)\(doc(hook.doc))\n"
    }

    private static func type(of parameter: APIFunction.Parameter) -> String {
        switch parameter.type {
        case .variadic: "any"
        case .table, .function: type(parameter.shape ?? parameter.type.rawValue)
        default: parameter.type.rawValue
        }
    }
}
