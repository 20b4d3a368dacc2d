import Glibc
import Model

/// Threads of the system for work that blocks or computes long, which must stay off the cooperative pool.
package enum NativeThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a detached thread; `name` (at most 15 bytes) is what `ps -L` and debuggers show, `stackSize` is in bytes.
    package static func start(
        name: String, stackSize: Int = 512 << 10, _ run: @escaping @Sendable () -> Void
    ) throws(HostError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackSize)
        let body = Unmanaged.passRetained(
            Body {
                setName(name)
                run()
            })
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, body.toOpaque())
        guard failure == 0 else {
            body.release()
            throw .system(failure, "cannot start the thread \"\(name)\"")
        }
    }

    private static func setName(_ name: String) {
        guard let file = FileDescriptor(open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)) else { return }
        let bytes = Array(name.utf8.prefix(15))
        // A name is a convenience; without one the thread does as well.
        _ = write(file.raw, bytes, bytes.count)
    }
}
