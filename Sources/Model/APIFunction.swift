/// One function of the `lunad` table as declared: the source of its binding, its argument checks and its reference.
///
/// A hook, which the host calls and the script writes, is declared in the same form.
package struct APIFunction: Sendable, Hashable {
    /// Its path below `lunad`, such as `log.info`; a method of a handle is written `db:query`; a hook has its bare name.
    package var name: String
    package var doc: String
    package var parameters: [Parameter]
    /// What it returns, in words with a type first, such as `number: seconds since 1970`; empty for nothing. Further
    /// values follow after `; and `. The type may name a class of `LunadAPI.classes`, end in `[]` (a list) or in `?`.
    package var returns: String
    /// Whether it may wait: it yields to the host, and is refused inside a session.
    package var waits: Bool
    /// When it raises an error, in a sentence; empty when only wrong arguments do.
    package var raises: String
    /// Lua that uses it, as it would stand in a step (a hook: the whole function).
    package var example: String

    package init(
        _ name: String, _ doc: String, _ parameters: [Parameter] = [], returns: String = "", waits: Bool = false,
        raises: String = "", example: String = ""
    ) {
        self.name = name
        self.doc = doc
        self.parameters = parameters
        self.returns = returns
        self.waits = waits
        self.raises = raises
        self.example = example
    }

    /// The last part of the name: what a Lua error message calls it.
    package var shortName: String {
        name.lastIndex(where: { $0 == "." || $0 == ":" }).map { String(name[name.index(after: $0)...]) } ?? name
    }

    package struct Parameter: Sendable, Hashable {
        package var name: String
        package var type: ParameterType
        package var isOptional: Bool
        package var doc: String
        /// The class of `LunadAPI.classes` that a table is of, when its keys are known; of a function, its type as
        /// annotations write it, such as `fun(db: Session): any`.
        package var shape: String?

        package init(
            _ name: String, _ type: ParameterType, optional: Bool = false, _ doc: String, shape: String? = nil
        ) {
            self.name = name
            self.type = type
            isOptional = optional
            self.doc = doc
            self.shape = shape
        }
    }

    package enum ParameterType: String, Sendable, Hashable {
        case string
        case number
        case integer
        case boolean
        case table
        case function
        case any
        /// This and every further argument, of any kind; only as the last parameter.
        case variadic
    }

    /// One returned value: its type, and what it is.
    package struct Result: Sendable, Hashable {
        package var type: String
        package var doc: String
    }

    /// The returned values, in order.
    package var results: [Result] {
        returns.split(after: "; and ").map { part in
            let colon = part.firstIndex(of: ":") ?? part.endIndex
            return Result(type: String(part[..<colon]), doc: String(part[colon...].drop { $0 == ":" || $0 == " " }))
        }
    }
}

extension String {
    /// The parts between the separators; none of an empty text.
    fileprivate func split(after separator: String) -> [Substring] {
        guard !isEmpty else { return [] }
        var parts: [Substring] = []
        var start = startIndex
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(separator) {
                parts.append(self[start..<index])
                index = self.index(index, offsetBy: separator.count)
                start = index
            } else {
                index = self.index(after: index)
            }
        }
        return parts + [self[start...]]
    }
}
