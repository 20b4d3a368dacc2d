import Model

/// Text of scripts made harmless for a terminal.
package enum TerminalText {
    /// The text with control and direction characters as `\u{1b}`; a line feed becomes `continuation`, or `\n` spelt out.
    package static func escape(_ text: String, continuation: String? = nil) -> String {
        // Most text has none, and is given back as it is.
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": out += continuation ?? "\\n"
            case "\t": out += continuation == nil ? "\\t" : "    "
            case _ where isUnsafe(scalar): out += "\\u{\(String(scalar.value, radix: 16))}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Controls (they move the cursor, set colours, answer back), and what turns or hides text: bidirectional marks,
    /// zero-width and separator characters.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true
        case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
        default: false
        }
    }
}
