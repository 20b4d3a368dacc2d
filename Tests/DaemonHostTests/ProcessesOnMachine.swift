import Platform

/// What runs on this machine, by a word of its environment.
enum ProcessesOnMachine {
    /// How many processes have this variable, written `NAME=value`.
    static func count(marker: String) -> Int {
        let variable = Array(marker.utf8)
        let pids = ((try? Files.list("/proc")) ?? []).filter { $0.allSatisfy(\.isNumber) }
        return pids.count { pid in
            guard let environment = try? Files.read("/proc/\(pid)/environ") else { return false }
            return environment.split(separator: 0).contains { $0.elementsEqual(variable) }
        }
    }
}
