import Glibc

/// Counts permissions that threads wait for.
// @unchecked: the C semaphore is made for use from many threads, and its place in memory never moves.
final class Semaphore: @unchecked Sendable {
    private let handle = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init(_ value: UInt32 = 0) { sem_init(handle, 0, value) }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    func signal() { sem_post(handle) }

    /// Blocks the thread until there is a permission, and takes it.
    func wait() {
        while sem_wait(handle) != 0 && errno == EINTR {}
    }
}
