import Glibc
import Model
import Testing

@testable import Platform

@Suite("Signals as a sequence", .serialized)
struct SignalsTests {
    @Test("signals of the process come in order, those from before the reader too", .timeLimit(.minutes(1)))
    func order() async throws {
        try Signals.capture()
        defer { for captured in HostSignal.allCases { signal(captured.number, SIG_DFL) } }
        kill(getpid(), SIGTERM)
        let stream = try Signals.stream()
        let task = Task {
            var seen: [HostSignal] = []
            for await signal in stream {
                seen.append(signal)
                switch seen.count {
                case 1: kill(getpid(), SIGINT)
                case 2: kill(getpid(), SIGHUP)
                default: withUnsafeCurrentTask { $0?.cancel() }
                }
            }
            return seen
        }
        #expect(await task.value == [.terminate, .interrupt, .hangUp])
    }

    @Test("each signal has its number")
    func numbers() {
        #expect(HostSignal.allCases.map(\.number) == [SIGTERM, SIGINT, SIGHUP])
    }
}
