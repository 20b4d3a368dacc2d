import CLuaShim
import Glibc
import Model
import Platform

/// A process that outlived the host or the run that it belonged to, and was ended.
package struct OrphanEnded: Sendable, Hashable {
    package var identity: ProcessIdentity
    /// Its name as the system shows it, at most 15 bytes.
    package var command: String
    /// The job that it belonged to; nil for a program that was no job.
    package var job: String?
    /// False when it was killed but not gone by the deadline.
    package var isGone: Bool
}

/// Finds processes by the marker that every program of a host carries, and ends them.
package enum ProcessSweep {
    /// The most that is read of a process's variables.
    private static let largestEnvironment = 8 << 20

    private final class Marked {
        let entry: ProcessTable.Entry
        let job: String?
        let descriptor: FileDescriptor

        init(_ entry: ProcessTable.Entry, _ job: String?, _ descriptor: consuming FileDescriptor) {
            self.entry = entry
            self.job = job
            self.descriptor = descriptor
        }
    }

    private struct Markers {
        var job: String?
        var run = ""
    }

    /// Ends everything that this host's earlier lives left, before it starts programs of its own; waits until that is
    /// gone, at most `limit`. Reads `/proc` once or more, some milliseconds for a few hundred processes.
    ///
    /// Only processes of the same user with the host's marker are ended, and with them the process groups that they or
    /// their like have led. Never this process or its group. Throws when `/proc` cannot be read.
    package static func endOrphans(
        hostID: String, within limit: Duration = .seconds(5)
    ) throws(HostError) -> [OrphanEnded] {
        try end(hostID: hostID, within: limit) { _ in true }
    }

    /// Ends the marked processes whose run `isMeant`, until none is found any more.
    static func end(
        hostID: String, within limit: Duration, _ isMeant: (_ run: String) -> Bool
    ) throws(HostError) -> [OrphanEnded] {
        let clock = SystemClock()
        let deadline = clock.monotonic() + limit
        var ended: [ProcessIdentity: OrphanEnded] = [:]
        repeat {
            let found = try pass(hostID, deadline, isMeant)
            if found.isEmpty { break }
            // Who started others in between left them to the next pass.
            for orphan in found { ended[orphan.identity] = orphan }
        } while clock.monotonic() < deadline
        return ended.values.sorted { $0.identity.pid < $1.identity.pid }
    }

    private static func pass(
        _ hostID: String, _ deadline: MonotonicTime, _ isMeant: (String) -> Bool
    ) throws(HostError) -> [OrphanEnded] {
        let marked = try find(hostID, isMeant)
        for group in ownGroups(of: marked) { kill(-group, SIGKILL) }
        for process in marked { _ = lunad_pidfd_signal(process.descriptor.raw, SIGKILL) }
        waitUntilGone(marked, deadline)
        return marked.map { process in
            OrphanEnded(
                identity: process.entry.identity, command: process.entry.command, job: process.job,
                isGone: isGone(process, within: 0))
        }
    }

    private static func find(_ hostID: String, _ isMeant: (String) -> Bool) throws(HostError) -> [Marked] {
        let own = getpid()
        var marked: [Marked] = []
        for pid in try ProcessTable.pids() where pid != own && isSameUser(pid) && mayBeMarked(pid, hostID) {
            // The start is read before the markers and again after the descriptor was opened: then all three are of one
            // process, whatever its number has stood for in between.
            guard let identity = ProcessTable.entry(pid)?.identity, let markers = markers(of: pid, hostID),
                isMeant(markers.run)
            else { continue }
            var entry: ProcessTable.Entry?
            let descriptor = ProcessTable.open(pid) { current in
                entry = current
                return current.isAlive && current.identity == identity
            }
            if let descriptor, let entry { marked.append(Marked(entry, markers.job, descriptor)) }
        }
        return marked
    }

    private static func isSameUser(_ pid: Int32) -> Bool {
        var facts = stat()
        return stat("/proc/\(pid)", &facts) == 0 && facts.st_uid == geteuid()
    }

    /// False for a process without this host's name among its variables, as nearly all are: they cost one file to read.
    private static func mayBeMarked(_ pid: Int32, _ hostID: String) -> Bool {
        guard var bytes = try? Files.read("/proc/\(pid)/environ", limit: largestEnvironment) else { return false }
        bytes.append(0)
        let wanted = "\(ProcessMarkers.hostVariable)=\(hostID)"
        return bytes.withUnsafeBytes { memory in
            guard var variable = memory.baseAddress?.assumingMemoryBound(to: CChar.self) else { return false }
            let end = variable + memory.count
            while variable < end {
                if strcmp(variable, wanted) == 0 { return true }
                variable += strlen(variable) + 1
            }
            return false
        }
    }

    /// The markers of a process of this host; nil for every other process.
    private static func markers(of pid: Int32, _ hostID: String) -> Markers? {
        guard let bytes = try? Files.read("/proc/\(pid)/environ", limit: largestEnvironment) else { return nil }
        var isMarked = false
        var markers = Markers()
        for variable in bytes.split(separator: 0) where variable.starts(with: "LUNAD_".utf8) {
            let text = String(decoding: variable, as: UTF8.self)
            guard let sign = text.firstIndex(of: "=") else { continue }
            let value = String(text[text.index(after: sign)...])
            switch text[..<sign] {
            case ProcessMarkers.hostVariable: isMarked = value == hostID
            case ProcessMarkers.jobVariable: markers.job = value
            case ProcessMarkers.runVariable: markers.run = value
            default: break
            }
        }
        return isMarked ? markers : nil
    }

    /// The groups of these processes that no stranger leads: who leads it is one of them, or has ended.
    private static func ownGroups(of marked: [Marked]) -> Set<Int32> {
        let pids = Set(marked.map(\.entry.identity.pid))
        let groups = Set(marked.map(\.entry.group)).subtracting([getpgrp()])
        return groups.filter { $0 > 1 && (pids.contains($0) || ProcessTable.entry($0)?.isAlive != true) }
    }

    private static func waitUntilGone(_ marked: [Marked], _ deadline: MonotonicTime) {
        for process in marked {
            let left = (deadline - SystemClock().monotonic()).wholeNanoseconds / 1_000_000
            _ = isGone(process, within: Int32(clamping: max(0, left)))
        }
    }

    private static func isGone(_ process: Marked, within milliseconds: Int32) -> Bool {
        var polled = pollfd(fd: process.descriptor.raw, events: Int16(POLLIN), revents: 0)
        return retryingOnInterrupt { poll(&polled, 1, milliseconds) } == 1
    }
}
