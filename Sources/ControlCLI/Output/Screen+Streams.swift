import Glibc
import Platform

extension Screen {
    package static func standardOutput() -> Screen { stream(.output) }
    package static func standardError() -> Screen { stream(.error) }

    /// A screen on a standard stream: as wide as its terminal, coloured where that is wanted.
    private static func stream(_ stream: Console.Stream) -> Screen {
        let width = Console.isTerminal(stream) ? Console.width(stream) : nil
        let height = Console.isTerminal(stream) ? Console.height(stream) : nil
        return Screen(width: width, height: height, hasColour: Console.wantsColor(stream)) {
            writeAll($0, to: stream.rawValue)
        }
    }

    /// Writes everything; when the reader has gone there is nobody left to tell.
    private static func writeAll(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
