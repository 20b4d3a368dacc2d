/// One line of the table: what is measured, and how near to its floor it is to come.
struct Line: Sendable {
    let name: String
    let title: String
    let unit: Unit
    let reach: Reach

    /// How a figure is shown.
    enum Unit: String, Sendable {
        case bytes
        case seconds
        case perSecond = "per_second"
        case cores
        case count
    }

    /// How ours is to stand to the floor.
    enum Reach: Sendable {
        /// Ours by the floor, lower is better.
        case atMost(Double)
        /// Ours by the floor, higher is better.
        case atLeast(Double)
        /// Ours without the floor, lower is better.
        case within(Double)
        /// Nothing is asked; ours by the floor is shown.
        case open

        func holds(_ ours: Double, _ floor: Double) -> Bool? {
            switch self {
            case .atMost(let most): ours <= most * floor
            case .atLeast(let least): ours >= least * floor
            case .within(let most): ours - floor <= most
            case .open: nil
            }
        }
    }
}

/// Lines that are measured together.
struct Group: Sendable {
    let lines: [Line]
    /// Measures so many times, ours and the floor by turns.
    let measure: @Sendable (_ bench: Bench) throws(BenchError) -> [Samples]
}

/// What the rounds gave for one line.
struct Samples: Sendable {
    var ours: [Double] = []
    var floor: [Double] = []

    mutating func add(ours: Double, floor: Double) {
        self.ours.append(ours)
        self.floor.append(floor)
    }
}

/// The middle of several figures, with the least and the greatest.
struct Spread: Sendable {
    let median: Double
    let least: Double
    let greatest: Double

    init(_ values: [Double]) {
        let sorted = values.sorted()
        median =
            sorted.count % 2 == 1
            ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
        least = sorted[0]
        greatest = sorted[sorted.count - 1]
    }
}
