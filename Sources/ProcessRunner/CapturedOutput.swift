/// What a program wrote to one of its outputs, byte for byte: all of it, or beginning and end when it was too much.
package struct CapturedOutput: Sendable, Hashable {
    /// The first bytes; everything when nothing was left out.
    package private(set) var head: [UInt8] = []
    /// All bytes that were written so far.
    package private(set) var total = 0

    private let headLimit: Int
    private let tailLimit: Int
    /// Up to twice `tailLimit`, so that dropping its beginning costs next to nothing a byte.
    private var recent: [UInt8] = []

    /// Keeps at most `limit` bytes; needs up to half as much again.
    init(limit: Int) {
        tailLimit = limit / 2
        headLimit = limit - tailLimit
    }

    /// The last bytes when `head` is not everything.
    package var tail: [UInt8] { Array(recent.suffix(tailLimit)) }

    /// How many bytes between `head` and `tail` were left out.
    package var omitted: Int { total - head.count - min(recent.count, tailLimit) }

    /// All that is kept, in order; with a gap between head and tail when something was left out.
    package var bytes: [UInt8] { head + recent.suffix(tailLimit) }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        total += bytes.count
        let room = headLimit - head.count
        head.append(contentsOf: bytes.prefix(room))
        guard bytes.count > room else { return }
        recent.append(contentsOf: bytes.dropFirst(room).suffix(tailLimit))
        if recent.count >= 2 * tailLimit { recent.removeFirst(recent.count - tailLimit) }
    }
}
