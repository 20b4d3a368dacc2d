import Glibc

/// What this process knows about itself.
package enum ProcessFacts {
    package static var pid: Int32 { getpid() }

    /// Memory in use right now, in bytes (resident set); 0 where `/proc` is not mounted.
    package static var residentBytes: Int64 {
        guard let bytes = try? Files.read("/proc/self/statm", limit: 4_096) else { return 0 }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
