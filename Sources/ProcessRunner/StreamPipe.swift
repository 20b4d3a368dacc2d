import CLuaShim
import Glibc
import Model
import Platform

/// Both ends of a pipe, closed on exec.
struct StreamPipe: ~Copyable, Sendable {
    /// Which end the host keeps, and uses without ever waiting.
    enum Side {
        case reader
        case writer
    }

    let reader: FileDescriptor
    let writer: FileDescriptor

    /// `action` is what could not be done when the system has no descriptor left.
    init(hostKeeps side: Side, _ action: @autoclosure () -> String) throws(HostError) {
        var ends: [Int32] = [-1, -1]
        guard lunad_pipe(&ends) == 0, let reader = FileDescriptor(ends[0]), let writer = FileDescriptor(ends[1])
        else { throw .system(errno, action()) }
        let kept = side == .reader ? reader.raw : writer.raw
        _ = fcntl(kept, F_SETFL, O_NONBLOCK)
        self.reader = reader
        self.writer = writer
    }
}
