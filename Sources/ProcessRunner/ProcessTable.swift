import CLuaShim
import Glibc
import Model
import Platform

/// The machine's processes, as `/proc` shows them.
enum ProcessTable {
    /// What `/proc/PID/stat` says of one.
    struct Entry {
        var identity: ProcessIdentity
        var command: String
        var group: Int32
        /// False once it has ended, also while its parent has not taken notice.
        var isAlive: Bool
    }

    static func pids() throws(HostError) -> [Int32] {
        try Files.list("/proc").compactMap { Int32($0) }
    }

    static func entry(_ pid: Int32) -> Entry? {
        guard let bytes = try? Files.read("/proc/\(pid)/stat", limit: 4_096) else { return nil }
        return parse(bytes)
    }

    /// Reads `PID (COMMAND) STATE PPID GROUP …`; the command may hold anything, also spaces and brackets.
    static func parse(_ bytes: [UInt8]) -> Entry? {
        guard let opening = bytes.firstIndex(of: UInt8(ascii: "(")),
            let closing = bytes.lastIndex(of: UInt8(ascii: ")")), opening < closing
        else { return nil }
        let fields = bytes[(closing + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        // The state is field 3, the group 5, the start 22.
        guard fields.count > 19, let state = fields[0].first, let group = Int32(text(fields[2])),
            let start = UInt64(text(fields[19])), let pid = Int32(text(bytes[..<opening]).prefix { $0 != " " })
        else { return nil }
        return Entry(
            identity: ProcessIdentity(pid: pid, startTime: start), command: text(bytes[(opening + 1)..<closing]),
            group: group, isAlive: !"ZXx".utf8.contains(state))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    /// The living processes of each process group; empty where `/proc` is not mounted.
    static func livingGroups() -> [Int32: [Int32]] {
        var groups: [Int32: [Int32]] = [:]
        for pid in (try? pids()) ?? [] {
            guard let entry = entry(pid), entry.isAlive else { continue }
            groups[entry.group, default: []].append(pid)
        }
        return groups
    }

    /// A descriptor that stands for the process which has that number now, if it still is the one that is meant.
    static func open(_ pid: Int32, _ isMeant: (Entry) -> Bool) -> FileDescriptor? {
        guard let descriptor = FileDescriptor(lunad_pidfd_open(pid)) else { return nil }
        guard let entry = entry(pid), isMeant(entry) else {
            errno = ESRCH
            return nil
        }
        return descriptor
    }
}
