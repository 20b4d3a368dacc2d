extension Double {
    /// The number as Lua prints it: 14 significant digits (`%.14g`), and recognizable as a float (`5.0`, `1e+15`). Numbers
    /// below 1e-307, which hold fewer digits, get only those that tell them apart.
    var luaText: String {
        if isNaN { return sign == .minus ? "-nan" : "nan" }
        if isInfinite { return self < 0 ? "-inf" : "inf" }
        let (digits, exponent) = magnitude.significantDigits(14)
        let minus = sign == .minus ? "-" : ""
        if exponent < -4 || exponent >= 14 {
            let rest = digits.dropFirst()
            let mantissa = String(digits.prefix(1)) + (rest.isEmpty ? "" : "." + rest)
            let power = exponent.magnitude
            return "\(minus)\(mantissa)e\(exponent < 0 ? "-" : "+")\(power < 10 ? "0" : "")\(power)"
        }
        if exponent < 0 { return "\(minus)0.\(String(repeating: "0", count: -exponent - 1))\(digits)" }
        let whole = digits.prefix(exponent + 1)
        let fraction = digits.dropFirst(exponent + 1)
        let zeros = String(repeating: "0", count: exponent + 1 - whole.count)
        return "\(minus)\(whole)\(zeros).\(fraction.isEmpty ? "0" : String(fraction))"
    }

    /// Of a finite number that is not negative: its first `count` significant digits, rounded, without zeros at the end,
    /// and the power of ten of the first.
    private func significantDigits(_ count: Int) -> (digits: String, exponent: Int) {
        // The shortest text that means this number: at most 17 digits, a point and an exponent somewhere in it.
        let shortest = description.lowercased().split(separator: "e")
        var exponent = shortest.count > 1 ? Int(shortest[1].drop { $0 == "+" }) ?? 0 : 0
        let sides = shortest[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = sides[0].drop { $0 == "0" }
        var digits = (String(whole) + (sides.count > 1 ? sides[1] : "")).utf8.map { Int($0) - 48 }
        exponent += whole.count - 1
        while digits.first == 0 {
            digits.removeFirst()
            exponent -= 1
        }
        if digits.count > count {
            let roundsUp = digits[count] >= 5
            digits = Array(digits.prefix(count))
            var place = count - 1
            while roundsUp {
                digits[place] += 1
                if digits[place] < 10 { break }
                digits[place] = 0
                if place == 0 {
                    digits.insert(1, at: 0)
                    exponent += 1
                    break
                }
                place -= 1
            }
        }
        while digits.last == 0 { digits.removeLast() }
        return digits.isEmpty ? ("0", 0) : (digits.map(String.init).joined(), exponent)
    }
}
