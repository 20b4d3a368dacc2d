import Model

/// Expected values are written as a script writes them.
extension Value: ExpressibleByNilLiteral {
    public init(nilLiteral: ()) { self = .null }
}
