import Model

extension Value {
    /// The named fields of a table; none for any other kind.
    var fields: [Field] { if case .object(let fields) = self { fields } else { [] } }
}
