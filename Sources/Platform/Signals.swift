import Glibc
import Model

/// The signals by which an operator or a service manager speaks to the host.
package enum HostSignal: Sendable, Hashable, CaseIterable {
    case terminate
    case interrupt
    case hangUp

    var number: Int32 {
        switch self {
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        case .hangUp: SIGHUP
        }
    }
}

/// Takes the host's signals out of the system's hands and gives them as a sequence.
///
/// They are caught by a handler, not blocked and waited for: under an asynchronous `main` the first thread sits in a
/// call that unblocks every signal, and would be ended by them.
package enum Signals {
    /// More unread signals than this are forgotten.
    private static let longestBacklog = 64
    /// What the reader takes for the end instead of a signal.
    private static let end: UInt8 = 0

    /// Keeps SIGTERM, SIGINT and SIGHUP from ending the process, and SIGPIPE too; `stream` tells of the first three.
    ///
    /// What comes between this and `stream` is kept. A program that is started gets their usual effect back, except
    /// that it would ignore SIGPIPE too unless its starter sees to it.
    package static func capture() throws(HostError) {
        guard signalPipe.writer < 0 else { return }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .system(errno, "cannot listen for signals") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        signalPipe = (ends[0], ends[1])
        signal(SIGPIPE, SIG_IGN)
        for captured in HostSignal.allCases {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = noteSignal
            action.sa_flags = SA_RESTART
            sigaction(captured.number, &action, nil)
        }
    }

    /// The signals in the order in which they come; ends when the reading task is cancelled. One reader at a time.
    ///
    /// A thread of its own waits for them and costs nothing meanwhile.
    package static func stream() throws(HostError) -> AsyncStream<HostSignal> {
        try capture()
        let (reader, writer) = signalPipe
        let (stream, continuation) = AsyncStream.makeStream(
            of: HostSignal.self, bufferingPolicy: .bufferingOldest(longestBacklog))
        continuation.onTermination = { _ in
            var end = end
            _ = write(writer, &end, 1)
        }
        try NativeThread.start(name: "lunad-signals") {
            var byte: UInt8 = 0
            while retryingOnInterrupt({ read(reader, &byte, 1) }) == 1, byte != end {
                let number = Int32(byte)
                if let signal = HostSignal.allCases.first(where: { $0.number == number }) { continuation.yield(signal) }
            }
        }
        return stream
    }
}

// Unsafe: written once, by `capture` before it installs the handler, and only read from then on. A handler may take no
// lock, so that nothing else would do.
private nonisolated(unsafe) var signalPipe: (reader: Int32, writer: Int32) = (-1, -1)

/// Runs inside the signal, on whatever thread: may do nothing but this one call.
private func noteSignal(_ number: Int32) {
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(signalPipe.writer, &byte, 1)
    errno = saved
}
