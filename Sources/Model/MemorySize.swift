/// Reads a size in bytes as people write it.
package enum MemorySize {
    /// A number of bytes in the largest unit that fits it whole: `16 MB`, `1,000 bytes`.
    package static func shown(_ bytes: Int) -> String {
        for (unit, name) in [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")] where bytes >= unit && bytes % unit == 0
        {
            return "\(bytes / unit) \(name)"
        }
        return "\(bytes) bytes"
    }

    /// A whole number of bytes, or text such as `512KB`, `16MB`, `1GB` (1 KB is 1,024 bytes); nil for anything else.
    static func parse(_ value: Value) -> Int? {
        if let bytes = value.integerValue { return Int(exactly: bytes) }
        guard let text = value.stringValue?.uppercased() else { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits) else { return nil }
        let unit: Int
        switch text.dropFirst(digits.count).drop(while: { $0 == " " }) {
        case "B", "": unit = 1
        case "K", "KB", "KIB": unit = 1 << 10
        case "M", "MB", "MIB": unit = 1 << 20
        case "G", "GB", "GIB": unit = 1 << 30
        default: return nil
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? .max : bytes
    }
}
