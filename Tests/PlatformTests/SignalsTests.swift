import Glibc
import Model
import Testing

@testable import Platform

@Suite("Signals as a sequence")
struct SignalsTests {
    @Test("signals come in order, and cancelling the reader ends the thread", .timeLimit(.minutes(1)))
    func order() async throws {
        let reader = SignalReader()
        let stream = try Signals.stream(reader)
        eventually("the signal thread to wait") { reader.send(.terminate) }
        let task = Task {
            var seen: [HostSignal] = []
            for await signal in stream {
                seen.append(signal)
                switch seen.count {
                case 1: reader.send(.interrupt)
                case 2: reader.send(.hangUp)
                default: withUnsafeCurrentTask { $0?.cancel() }
                }
            }
            return seen
        }
        #expect(await task.value == [.terminate, .interrupt, .hangUp])
        eventually("the signal thread to end") { !reader.send(.hangUp) }
    }

    @Test("each signal has its number")
    func numbers() {
        #expect(HostSignal.allCases.map(\.number) == [SIGTERM, SIGINT, SIGHUP])
    }
}
