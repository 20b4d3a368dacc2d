import Model

/// Compares a table of options, as it is written in a call, with the declared ones.
struct OptionCheck {
    let shape: APIClass
    /// How the script spells the function.
    let spelling: String

    func problems(in fields: [TableField]) -> [CallCheck.Problem] {
        fields.compactMap { field in
            if case .positional = field.key {
                // What it is given by a call may be anything; a bare value has no name.
                return problem(.unknownOption, at: field, "the options of \(spelling) have names: NAME = value")
            }
            guard let key = field.literalKey else { return nil }
            guard let option = shape[key] else { return unknown(key, field) }
            return unfit(option, field)
        }
    }

    private func unknown(_ key: String, _ field: TableField) -> CallCheck.Problem {
        let meant = DidYouMean.closest(to: key, in: shape.names).map { "did you mean '\($0)'?" }
        let advice = meant ?? "there are \(shape.names.joined(separator: ", "))"
        return problem(.unknownOption, at: field, "\(spelling) has no option '\(key)'; \(advice)")
    }

    private func unfit(_ option: APIClass.Field, _ field: TableField) -> CallCheck.Problem? {
        guard let given = field.value.literalType, given != .nil else { return nil }
        if let words = option.words {
            guard case .string(let bytes) = field.value.kind else {
                return given == .string ? nil : mismatch(option, "a string", given.words, field)
            }
            let word = String(decoding: bytes, as: UTF8.self)
            if words.contains(word) { return nil }
            let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
            return mismatch(option, "one of \(list)", "\"\(word)\"", field)
        }
        guard let type = option.parameterType, !given.fits(type) else { return nil }
        return mismatch(option, CallCheck.article(type), given.words, field)
    }

    private func mismatch(
        _ option: APIClass.Field, _ right: String, _ given: String, _ field: TableField
    ) -> CallCheck.Problem {
        problem(
            .wrongArgument, at: field, "option '\(option.name)' of \(spelling) must be \(right), not \(given)",
            value: true)
    }

    private func problem(
        _ code: Finding.Code, at field: TableField, _ message: String, value: Bool = false
    ) -> CallCheck.Problem {
        CallCheck.Problem(place: value ? field.value.position : field.position, code: code, message: message)
    }
}

extension APIClass.Field {
    /// What a literal must be, when its type is a plain one; nil when the type leaves a choice.
    fileprivate var parameterType: APIFunction.ParameterType? {
        if let plain = APIFunction.ParameterType(rawValue: type), plain != .variadic { return plain }
        let isTable = !type.contains("|") && (type.hasSuffix("[]") || type.hasPrefix("table<"))
        return isTable ? .table : nil
    }
}
