import Glibc
import Model
import Platform
import SQLiteStore

/// Looks at what the machine gives: room, time, memory, descriptors, file events.
struct MachineExamination {
    /// An instant that no clock of a machine that runs this program can rightly be before: 2024-01-01.
    private static let earliest = WallTime(milliseconds: 1_704_067_200_000)
    /// What the clock may be behind the newest instant in the database.
    private static let clockSlack = Duration.seconds(5)
    private static let fewDescriptors: UInt64 = 1_024
    private static let tooFewDescriptors: UInt64 = 128
    private static let fewThreads: UInt64 = 128
    private static let littleMemory: Int64 = 128 << 20

    let context: CommandContext
    /// The process that hosts the project; its limits are the ones that count.
    let host: Int32?
    private var project: ProjectFolder { context.project }

    func diagnoses() -> [Diagnosis] { [disk(), clock(), memory()] + limits() + [fileEvents()] }

    private func disk() -> Diagnosis {
        let exists = (try? Files.facts(of: project.runtime)) != nil
        do throws(HostError) {
            let space = try DiskSpace.of(exists ? project.runtime : project.path)
            let (free, size) = (space.free >> 20, space.size >> 20)
            let finding = "\(Int(free).grouped) MB of \(Int(size).grouped) MB are free for the database"
            if space.free < 16 << 20 {
                return .fail("disk", finding, advice: "free some space: nothing can be kept soon")
            }
            if space.free < min(512 << 20, space.size / 10) {
                return .warn("disk", finding, advice: "free some space, or move the project")
            }
            return .ok("disk", finding)
        } catch {
            return .fail("disk", error.description, advice: "check that the disk is mounted")
        }
    }

    private func clock() -> Diagnosis {
        let now = context.clock.now()
        if now < Self.earliest {
            return .fail("clock", "it shows \(now.iso8601)", advice: "set it: schedules and records go by it")
        }
        if let newest = try? SQLiteStore.newestInstant(path: project.database), newest - now > Self.clockSlack {
            return .fail(
                "clock", "it shows \(now.iso8601), but the database has an instant of \(newest.iso8601)",
                advice: "it was set back, or the database comes from another machine: set it right")
        }
        let isKept = access("/run/systemd/timesync/synchronized", F_OK) == 0
        let keeper = isKept ? "kept by systemd-timesyncd" : "whether a time server keeps it is not known"
        return .ok("clock", "\(now.iso8601), not behind the database; \(keeper)")
    }

    // MARK: - Memory

    private func memory() -> Diagnosis {
        let limits = [Self.kilobytes("MemAvailable", in: "/proc/meminfo"), Self.cgroupRoom()].compactMap { $0 }
        guard let room = limits.min() else { return .ok("memory", "how much is free is not known") }
        let finding = "\(Int(room >> 20).grouped) MB can be had"
        return room < Self.littleMemory
            ? .warn("memory", finding, advice: "a daemon may take 16 MB unless its policy says otherwise: give more")
            : .ok("memory", finding)
    }

    private static func kilobytes(_ name: String, in path: String) -> Int64? {
        guard let bytes = try? Files.read(path, limit: 1 << 16) else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix(name + ":") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 << 10 }
        }
        return nil
    }

    /// What the control group of this process leaves; nil without a limit.
    private static func cgroupRoom() -> Int64? {
        guard let bytes = try? Files.read("/proc/self/cgroup", limit: 1 << 16) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let path = text.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) } ?? "/"
        let folder = "/sys/fs/cgroup" + (path == "/" ? "" : path)
        guard let limit = number("\(folder)/memory.max"), let used = number("\(folder)/memory.current") else {
            return nil
        }
        return max(0, limit - used)
    }

    private static func number(_ path: String) -> Int64? {
        guard let bytes = try? Files.read(path, limit: 4_096) else { return nil }
        return Int64(String(decoding: bytes, as: UTF8.self).filter { $0 != "\n" })
    }

    // MARK: - Limits

    private func limits() -> [Diagnosis] {
        let whose = host.map { "process \($0)" } ?? "a host started here"
        let files = limit("Max open files")
        let threads = limit("Max processes")
        var found: [Diagnosis] = []
        let open = "\(whose) may open \(Self.shown(files)) files at once"
        if files < Self.tooFewDescriptors {
            found.append(.fail("limits", open, advice: "raise it: ulimit -n 4096, or LimitNOFILE= of its unit"))
        } else if files < Self.fewDescriptors {
            found.append(.warn("limits", open, advice: "raise it: ulimit -n 4096, or LimitNOFILE= of its unit"))
        }
        if threads < Self.fewThreads {
            found.append(
                .warn(
                    "limits", "\(whose) may have \(Self.shown(threads)) processes and threads",
                    advice: "raise it: ulimit -u 1024, or LimitNPROC= and TasksMax= of its unit"))
        }
        return found.isEmpty ? [.ok("limits", open)] : found
    }

    /// The limit in force as the system lists it under that name; without end when it has none, or cannot be read.
    private func limit(_ name: String) -> UInt64 {
        guard let bytes = try? Files.read("/proc/\(host.map(String.init) ?? "self")/limits", limit: 1 << 16) else {
            return .max
        }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(separator: " ").first.flatMap { UInt64($0) } ?? .max
        }
        return .max
    }

    private static func shown(_ limit: UInt64) -> String {
        limit > 1 << 40 ? "any number of" : Int(limit).grouped
    }

    /// Tried out, since the limits are for all programs of a user together.
    private func fileEvents() -> Diagnosis {
        let descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else {
            return .fail(
                "files", "changes of files cannot be watched: \(String(cString: strerror(errno)))",
                advice: "raise fs.inotify.max_user_instances with sysctl")
        }
        defer { close(descriptor) }
        guard inotify_add_watch(descriptor, project.path, UInt32(IN_CREATE)) >= 0 else {
            return .fail(
                "files", "changes of files in \(project.path) cannot be watched: \(String(cString: strerror(errno)))",
                advice: errno == ENOSPC ? "raise fs.inotify.max_user_watches with sysctl" : "check the folder's rights")
        }
        return .ok("files", "changes of scripts are noticed")
    }
}
