/// Why a measurement could not be made.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// What a floor answers, when it could be measured.
func measured(_ floor: Double, _ what: String) throws(BenchError) -> Double {
    guard floor >= 0, floor.isFinite else { throw BenchError("the floor of \(what) could not be measured") }
    return floor
}
