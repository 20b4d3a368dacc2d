import Glibc
import Model
import Platform

/// Watches all running programs from one thread: their streams, their ends, their deadlines. It wakes for nothing else.
final class ProcessLoop {
    private enum Source {
        case inbox
        case end(LiveProcess)
        case input(LiveProcess)
        case output(LiveProcess, LiveProcess.Output)
    }

    private let inbox: ProcessInbox
    private let ended: @Sendable (Int) -> Void
    private let clock = SystemClock()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    private var live: [Int: LiveProcess] = [:]
    private var isClosing = false
    private var polled: [pollfd] = []
    private var sources: [Source] = []

    /// `ended` is told the run of each program that is over, before its `done`.
    init(_ inbox: ProcessInbox, ended: @escaping @Sendable (Int) -> Void) {
        self.inbox = inbox
        self.ended = ended
    }

    deinit { buffer.deallocate() }

    /// Runs until the inbox is closed and everything is over.
    func run() {
        while true {
            takeInbox()
            if isClosing, live.isEmpty { return }
            wait()
            lookThroughGroups()
            meetDeadlines()
        }
    }

    private func takeInbox() {
        let content = inbox.take()
        let now = clock.monotonic()
        for process in content.launched {
            live[process.handle.run] = process
            // It may have been cancelled before it was here.
            if let grace = process.handle.state.withLock({ $0.cancelGrace }) { cancel(process, grace, now) }
        }
        for (run, grace) in content.cancels {
            if let process = live[run] { cancel(process, grace, now) }
        }
        guard content.isClosing else { return }
        isClosing = true
        for process in live.values { cancel(process, .zero, now) }
    }

    private func cancel(_ process: LiveProcess, _ grace: Duration, _ now: MonotonicTime) {
        if let action = process.ladder.cancel(grace: grace, now: now) { process.carryOut(action) }
    }

    private func wait() {
        polled.removeAll(keepingCapacity: true)
        sources.removeAll(keepingCapacity: true)
        watch(inbox.descriptor, POLLIN, .inbox)
        for process in live.values {
            if let descriptor = process.watched?.raw { watch(descriptor, POLLIN, .end(process)) }
            if let descriptor = process.input?.raw { watch(descriptor, POLLOUT, .input(process)) }
            if let descriptor = process.out?.raw { watch(descriptor, POLLIN, .output(process, .out)) }
            if let descriptor = process.err?.raw { watch(descriptor, POLLIN, .output(process, .err)) }
        }
        guard poll(&polled, nfds_t(polled.count), timeout()) > 0 else { return }
        for (index, entry) in polled.enumerated() where entry.revents != 0 { serve(sources[index]) }
    }

    private func watch(_ descriptor: Int32, _ events: Int32, _ source: Source) {
        polled.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
        sources.append(source)
    }

    /// Milliseconds until the next deadline, rounded up; -1 for none.
    private func timeout() -> Int32 {
        var next = MonotonicTime.distantFuture
        let now = clock.monotonic()
        for process in live.values {
            next = min(next, process.ladder.deadline)
            // The system lacked a descriptor for the look: once more soon.
            if process.needsLook { next = min(next, now + .milliseconds(100)) }
        }
        guard next != .distantFuture else { return -1 }
        let milliseconds = ((next - now).wholeNanoseconds + 999_999) / 1_000_000
        return Int32(clamping: max(0, milliseconds))
    }

    private func serve(_ source: Source) {
        switch source {
        case .inbox: break
        case .input(let process): process.feed()
        case .output(let process, let output): process.drain(output, buffer)
        case .end(let process): watchedEnded(process)
        }
    }

    private func watchedEnded(_ process: LiveProcess) {
        if process.ladder.hasExited {
            process.watched = nil
            process.needsLook = true
        } else if process.reap() {
            process.needsLook = true
        } else {
            finish(process)
        }
    }

    /// Finds out, in one pass for all groups whose program has ended, what is alive in them, and watches that.
    private func lookThroughGroups() {
        let waiting = live.values.filter(\.needsLook)
        guard !waiting.isEmpty else { return }
        let groups = ProcessTable.livingGroups()
        for process in waiting {
            process.needsLook = false
            let members = groups[process.pid] ?? []
            var lacksDescriptor = false
            for pid in members where process.watched == nil {
                process.watched = ProcessTable.open(pid) { $0.group == process.pid }
                if process.watched == nil, errno == EMFILE || errno == ENFILE { lacksDescriptor = true }
            }
            if process.watched != nil { continue }
            // Without a member that could be watched, all of them have ended since the look.
            if lacksDescriptor { process.needsLook = true } else { finish(process) }
        }
    }

    private func meetDeadlines() {
        let now = clock.monotonic()
        for process in live.values where process.ladder.deadline <= now {
            if let action = process.ladder.tick(now: now) { process.carryOut(action) }
        }
    }

    private func finish(_ process: LiveProcess) {
        process.closeOutputs(after: buffer)
        live[process.handle.run] = nil
        ended(process.handle.run)
        process.done(.success(process.result(now: clock.monotonic())))
    }
}
