/// The fingerprint of a migration's text: FNV-1a in 64 bits, as 16 hexadecimal digits.
///
/// It notices an edit; it is no protection against a forger.
enum Checksum {
    static func of(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
