/// Tells whether two encoded states are the same, without keeping either: their length and two independent 64-bit
/// sums, one of them FNV-1a. Not a defence against forgery; a script can only fool itself.
struct StateDigest: Hashable, Sendable {
    private let length: Int
    private let forward: UInt64
    private let backward: UInt64

    init(of bytes: [UInt8]) {
        var forward: UInt64 = 0xcbf2_9ce4_8422_2325
        var backward: UInt64 = 0x6c62_272e_07bb_0142
        for byte in bytes {
            forward = (forward ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            backward = (backward &* 0x9e37_79b9_7f4a_7c15) ^ (UInt64(byte) &+ (backward >> 29))
        }
        self.length = bytes.count
        self.forward = forward
        self.backward = backward
    }
}
