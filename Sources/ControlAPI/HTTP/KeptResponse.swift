import CMicroHTTPD
import Synchronization

/// The library's form of a response that is sent more than once: made when it is first sent, freed with this object. What
/// is still being sent then is kept by the library.
final class KeptResponse: Sendable {
    /// Unchecked: the library counts the uses of a response under a lock of its own.
    private struct Made: @unchecked Sendable {
        let raw: OpaquePointer
    }

    private let made = Mutex<Made?>(nil)

    /// Calls `body` with the response; nil when it cannot be made.
    func use<Result>(_ make: () -> OpaquePointer?, _ body: (OpaquePointer) -> Result) -> Result? {
        let response = made.withLock { made in
            if made == nil { made = make().map { Made(raw: $0) } }
            return made
        }
        return response.map { body($0.raw) }
    }

    deinit {
        if let made = made.withLock({ $0 }) { MHD_destroy_response(made.raw) }
    }
}
