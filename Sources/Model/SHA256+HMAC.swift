extension SHA256 {
    /// The code of `message` that only a holder of `key` can make: HMAC as RFC 2104 defines it, 32 bytes.
    package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        let block = 64
        var padded = key.count > block ? digest(key) : key
        padded += [UInt8](repeating: 0, count: block - padded.count)
        let inner = digest(padded.map { $0 ^ 0x36 } + message)
        return digest(padded.map { $0 ^ 0x5c } + inner)
    }
}
