import Glibc
import Model

/// One thread outside the cooperative pool, where blocking is allowed.
struct WorkerThread: Sendable {
    private let thread: pthread_t

    /// Starts `body` on a new thread.
    init(_ body: @escaping @Sendable () -> Void) throws(HostError) {
        var started = pthread_t()
        let start = Unmanaged.passRetained(Start(body: body))
        let code = pthread_create(
            &started, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw HostError(.unavailable, "no thread can be started", cause: String(cString: strerror(code)))
        }
        thread = started
    }

    /// Waits for the thread's end, unless called on that thread itself. Either this or `detach` is called, once.
    func join() {
        if pthread_equal(thread, pthread_self()) != 0 { detach() } else { pthread_join(thread, nil) }
    }

    /// Lets the thread end by itself.
    func detach() { pthread_detach(thread) }

    private final class Start: Sendable {
        let body: @Sendable () -> Void

        init(body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
