/// A table that scripts write or are given, with its fields: the source of what the reference, the editor annotations
/// and the check of scripts know of it.
package struct APIClass: Sendable, Hashable {
    /// Its name in the reference, such as `Job`; annotations put `lunad.` in front.
    package var name: String
    package var doc: String
    package var fields: [Field]

    package init(_ name: String, _ doc: String, _ fields: [Field]) {
        self.name = name
        self.doc = doc
        self.fields = fields
    }

    /// The field of that name.
    package subscript(name: String) -> Field? { fields.first { $0.name == name } }

    /// The names of its fields, in the declared order.
    package var names: [String] { fields.map(\.name) }

    package struct Field: Sendable, Hashable {
        package var name: String
        /// As annotations write it: `string`, `integer`, `string[]`, `"leave"|"cancel"`, the name of a class.
        package var type: String
        /// Whether it may be left out, or be nil.
        package var isOptional: Bool
        /// What stands in for it when it is left out, as a script would write it.
        package var fallback: String?
        package var doc: String

        /// A field that is always there.
        package init(_ name: String, _ type: String, _ doc: String) {
            self.init(name, type, isOptional: false, fallback: nil, doc)
        }

        /// A field that may be left out.
        package static func optional(_ name: String, _ type: String, _ doc: String) -> Field {
            Field(name, type, isOptional: true, fallback: nil, doc)
        }

        /// A field that may be left out; `fallback` then stands in for it.
        package static func optional(_ name: String, _ type: String, _ fallback: String?, _ doc: String) -> Field {
            Field(name, type, isOptional: true, fallback: fallback, doc)
        }

        private init(_ name: String, _ type: String, isOptional: Bool, fallback: String?, _ doc: String) {
            self.name = name
            self.type = type
            self.isOptional = isOptional
            self.fallback = fallback
            self.doc = doc
        }

        /// The words that a text may be, when its type lists them; nil for any other type.
        package var words: [String]? {
            let parts = type.split(separator: "|")
            guard parts.allSatisfy({ $0.count > 2 && $0.first == "\"" && $0.last == "\"" }) else { return nil }
            return parts.map { String($0.dropFirst().dropLast()) }
        }
    }
}
