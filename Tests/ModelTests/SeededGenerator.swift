import Model

/// The same numbers for the same seed, so that a failing property can be seen again (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Value {
    private static let texts = [
        "", "a", "$", "$$", "$bytes", "$map", "ключ", "e\u{301}", "\u{e9}", "\0", "\n\t\"\\/", "\u{7f}", "😀",
        "\u{2028}",
    ]
    private static let integers: [Int64] = [.min, .max, 0, -1, 1, 1 << 53]
    private static let numbers: [Double] = [
        0, -0.0, 1, -1.5, 1e15, 1e16, 1e300, 0.1, .ulpOfOne, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi,
    ]
    private static let oddNumbers: [Double] = [.infinity, -.infinity]

    /// Some value, at most `depth` tables deep; without what plain JSON cannot say when `plain`.
    static func random(_ generator: inout SeededGenerator, depth: Int, plain: Bool) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 11 : 7), using: &generator) {
        case 0: return .null
        case 1: return .boolean(.random(using: &generator))
        case 2: return .integer(integers.randomElement(using: &generator) ?? 0)
        case 3: return .integer(.random(in: .min ... .max, using: &generator))
        case 4: return .number(numbers.randomElement(using: &generator) ?? 0)
        case 5: return .string(texts.randomElement(using: &generator) ?? "")
        case 6:
            if plain { return .number(.random(in: -1e9...1e9, using: &generator)) }
            if .random(using: &generator) { return .number(oddNumbers.randomElement(using: &generator) ?? 0) }
            return .bytes(
                (0..<Int.random(in: 1...9, using: &generator)).map { _ in .random(in: 0x80...0xFF, using: &generator) })
        case 7, 8:
            let count = Int.random(in: 1...4, using: &generator)
            return .array((0..<count).map { _ in .random(&generator, depth: depth - 1, plain: plain) })
        case 9 where !plain:
            let count = Int.random(in: 0...3, using: &generator)
            return .map(
                (0..<count).map { _ in
                    Entry(
                        .random(&generator, depth: 0, plain: plain), .random(&generator, depth: depth - 1, plain: plain)
                    )
                })
        default:
            let count = Int.random(in: 0...30, using: &generator)
            return .object(
                (0..<count).map { number in
                    let prefix = texts.randomElement(using: &generator) ?? ""
                    return Field("\(prefix)\(number)", .random(&generator, depth: min(depth - 1, 1), plain: plain))
                })
        }
    }
}
