/// Comparing secrets.
enum ConstantTime {
    /// Compares in a time that tells nothing of where the two differ.
    static func isSame(_ given: [UInt8], _ secret: [UInt8]) -> Bool {
        guard given.count == secret.count else { return false }
        return zip(given, secret).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
