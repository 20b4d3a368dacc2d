/// A random name for one run of the host, never used twice: what an earlier run left behind is told by it.
package enum BootID {
    /// 32 hexadecimal digits from the system's random source.
    package static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
