import Glibc
import Model

/// Room on disks.
package enum DiskSpace {
    /// Bytes that this process may still write to the disk of `folder`, and that disk's size. Asks the file system, which
    /// may block.
    package static func of(_ folder: String) throws(HostError) -> AlertFacts.DiskSpace {
        var facts = statvfs()
        guard retryingOnInterrupt({ statvfs(folder, &facts) }) == 0 else {
            throw .system(errno, "cannot look at the disk of \(folder)")
        }
        let block = Int64(clamping: facts.f_frsize)
        return AlertFacts.DiskSpace(
            folder: folder, free: Int64(clamping: facts.f_bavail).multiplied(by: block),
            size: Int64(clamping: facts.f_blocks).multiplied(by: block))
    }
}

extension Int64 {
    fileprivate func multiplied(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
