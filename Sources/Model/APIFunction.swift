/// One function of the `lunad` table as declared: the source of its binding, its argument checks and its reference.
package struct APIFunction: Sendable, Hashable {
    /// Its path below `lunad`, such as `log.info`; a method of a handle is written `db:query`.
    package var name: String
    package var doc: String
    package var parameters: [Parameter]
    /// What it returns, in words with a type first, such as `number: seconds since 1970`; empty for nothing.
    package var returns: String
    /// Whether it may wait: it yields to the host, and is refused inside a session.
    package var waits: Bool

    package init(
        _ name: String, _ doc: String, _ parameters: [Parameter] = [], returns: String = "", waits: Bool = false
    ) {
        self.name = name
        self.doc = doc
        self.parameters = parameters
        self.returns = returns
        self.waits = waits
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

        package init(_ name: String, _ type: ParameterType, optional: Bool = false, _ doc: String) {
            self.name = name
            self.type = type
            isOptional = optional
            self.doc = doc
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
}
