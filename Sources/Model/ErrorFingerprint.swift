/// A short stable name for failures that are alike: same place, same words, other numbers.
package enum ErrorFingerprint {
    /// Only this much of a message counts.
    private static let longestMessage = 4_096

    /// Sixteen hexadecimal digits (FNV-1a, 64 bits) of the message's pattern, the file and the line.
    package static func make(message: String, file: String?, line: Int?) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let text = "\(pattern(of: message))\0\(file ?? "")\0\(line.map(String.init) ?? "")"
        for byte in text.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The message with what varies taken out: numbers and hexadecimal words become `#`, quoted parts `"…"`.
    package static func pattern(of message: String) -> String {
        var result = ""
        var rest = Substring(message.prefix(longestMessage))
        var isAfterWord = false
        while let character = rest.first {
            defer { isAfterWord = isWordPart(character) }
            // An apostrophe inside a word opens no quotation.
            if !(isAfterWord && character == "'"), let quoted = quotedPart(of: rest) {
                result += "\"…\""
                rest = rest[quoted.endIndex...]
            } else if isWordPart(character) {
                let word = rest.prefix(while: isWordPart)
                result += isVariable(word) ? "#" : String(word)
                rest = rest[word.endIndex...]
            } else {
                result.append(character)
                rest.removeFirst()
            }
        }
        return result
    }

    private static func quotedPart(of text: Substring) -> Substring? {
        guard let quote = text.first, "\"'`".contains(quote) else { return nil }
        let inner = text.dropFirst()
        guard let end = inner.firstIndex(where: { $0 == quote || $0 == "\n" }), inner[end] == quote else { return nil }
        return text[text.startIndex...end]
    }

    private static func isWordPart(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }

    /// A number (with a unit: `10ms`), or at least eight hexadecimal digits with one below ten among them (an id).
    private static func isVariable(_ word: Substring) -> Bool {
        if word.first?.isNumber == true { return true }
        let hasDigit = word.contains(where: \.isNumber)
        return hasDigit && word.count >= 8 && word.allSatisfy(\.isHexDigit)
    }
}
