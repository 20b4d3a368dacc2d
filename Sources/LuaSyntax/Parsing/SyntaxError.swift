/// Why a text is not a Lua chunk: the first fault, in the words that Lua itself uses.
package struct SyntaxError: Error, Hashable, Sendable {
    package var position: SourcePosition
    package var message: String

    package init(_ message: String, at position: SourcePosition) {
        self.message = message
        self.position = position
    }
}
