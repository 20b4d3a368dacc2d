/// A process that cannot be taken for a later one with the same number.
package struct ProcessIdentity: Sendable, Hashable {
    /// Also the id of its process group when it was started by a runner.
    package var pid: Int32
    /// When it started, in clock ticks since the machine's start, as `/proc/PID/stat` has it.
    package var startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }
}
