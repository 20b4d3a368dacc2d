import TestServer
import Testing

extension NotifySocket {
    /// Throws away what has come so far.
    func drain() { _ = messages() }

    /// Waits for a message with a line that begins so, passing over others; its lines.
    @discardableResult
    func message(_ start: String) async throws -> [String] {
        try await wait(for: "the service manager is told \(start)") {
            while let message = next() {
                let lines = message.split(separator: "\n").map(String.init)
                if lines.contains(where: { $0.hasPrefix(start) }) { return lines }
            }
            return nil
        }
    }
}
