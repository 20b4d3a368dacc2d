/// How a zone's clocks are set from year to year, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZoneRule: Sendable, Hashable {
    /// A day of the year, and the second of it by the clock that is then about to be set.
    private struct Moment: Sendable, Hashable {
        enum Day: Sendable, Hashable {
            /// From 1; the 29th of February is not counted.
            case julian(Int)
            /// From 0; every day is counted.
            case ofYear(Int)
            /// The weekday's n-th in the month; the fifth is the last.
            case weekday(Int, week: Int, month: Int)
        }

        var day: Day
        var second = 7_200
    }

    private struct Summer: Sendable, Hashable {
        var offset: Int
        var start: Moment
        var end: Moment
    }

    private let standard: Int
    private let summer: Summer?

    /// Throws `corrupt` for what POSIX does not know.
    init(_ text: String) throws(HostError) {
        var reader = Reader(text)
        try reader.name()
        standard = -(try reader.time())
        guard !reader.isAtEnd else {
            summer = nil
            return
        }
        try reader.name()
        let offset = reader.peek == "," ? standard + 3_600 : -(try reader.time())
        try reader.expect(",")
        let start = try reader.moment()
        try reader.expect(",")
        summer = Summer(offset: offset, start: start, end: try reader.moment())
        guard reader.isAtEnd else { throw reader.unreadable }
    }

    /// Seconds ahead of UTC at an instant in seconds since 1970.
    func offset(at seconds: Int64) -> Int {
        guard let summer else { return standard }
        let year = CivilTime(WallTime(milliseconds: seconds * 1_000), offset: standard).year
        let start = Self.instant(of: summer.start, in: year) - Int64(standard)
        let end = Self.instant(of: summer.end, in: year) - Int64(summer.offset)
        // South of the equator the summer goes over the turn of the year.
        let isSummer = start < end ? start <= seconds && seconds < end : !(end <= seconds && seconds < start)
        return isSummer ? summer.offset : standard
    }

    /// The moment as if the clock showed UTC, in seconds since 1970.
    private static func instant(of moment: Moment, in year: Int) -> Int64 {
        let newYear = CivilTime(year: year, month: 1, day: 1).instant().milliseconds / 1_000
        let day: Int64
        switch moment.day {
        case .ofYear(let number): day = newYear + Int64(number) * 86_400
        case .julian(let number):
            let leap = CivilTime.daysIn(month: 2, of: year) == 29 && number >= 60 ? 1 : 0
            day = newYear + Int64(number - 1 + leap) * 86_400
        case .weekday(let weekday, let week, let month):
            let first = CivilTime(year: year, month: month, day: 1)
            var date = 1 + (weekday - first.weekday + 7) % 7 + (week - 1) * 7
            if date > CivilTime.daysIn(month: month, of: year) { date -= 7 }
            day = CivilTime(year: year, month: month, day: date).instant().milliseconds / 1_000
        }
        return day + Int64(moment.second)
    }

    /// Takes the text apart.
    private struct Reader {
        private let text: String
        private var rest: Substring

        init(_ text: String) {
            self.text = text
            rest = text[...]
        }

        var isAtEnd: Bool { rest.isEmpty }
        var peek: Character? { rest.first }
        var unreadable: HostError { HostError(.corrupt, "has the rule \"\(text)\", which cannot be read") }

        mutating func expect(_ character: Character) throws(HostError) {
            guard rest.popFirst() == character else { throw unreadable }
        }

        /// Three letters or more, or anything between angle brackets.
        mutating func name() throws(HostError) {
            if peek == "<" {
                guard let end = rest.firstIndex(of: ">") else { throw unreadable }
                rest = rest[rest.index(after: end)...]
            } else {
                let letters = rest.prefix { $0.isLetter }
                guard letters.count >= 3 else { throw unreadable }
                rest = rest.dropFirst(letters.count)
            }
        }

        private mutating func number(_ range: ClosedRange<Int>) throws(HostError) -> Int {
            let digits = rest.prefix { $0.isNumber }
            guard let number = Int(digits), range.contains(number) else { throw unreadable }
            rest = rest.dropFirst(digits.count)
            return number
        }

        /// `[-]h[:m[:s]]` in seconds.
        mutating func time() throws(HostError) -> Int {
            let sign = peek == "-" ? -1 : 1
            if peek == "-" || peek == "+" { rest.removeFirst() }
            var seconds = try number(0...167) * 3_600
            for unit in [60, 1] where peek == ":" {
                rest.removeFirst()
                seconds += try number(0...59) * unit
            }
            return sign * seconds
        }

        mutating func moment() throws(HostError) -> Moment {
            var moment: Moment
            switch peek {
            case "M":
                rest.removeFirst()
                let month = try number(1...12)
                try expect(".")
                let week = try number(1...5)
                try expect(".")
                moment = Moment(day: .weekday(try number(0...6), week: week, month: month))
            case "J":
                rest.removeFirst()
                moment = Moment(day: .julian(try number(1...365)))
            default: moment = Moment(day: .ofYear(try number(0...365)))
            }
            if peek == "/" {
                rest.removeFirst()
                moment.second = try time()
            }
            return moment
        }
    }
}
