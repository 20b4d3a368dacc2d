import Glibc
import Model

extension HostError {
    /// The error for a failed system call: `action` is what could not be done, such as `cannot read /srv/a`.
    package static func system(_ number: Int32, _ action: String) -> HostError {
        HostError(code(for: number), "\(action): \(String(cString: strerror(number)))")
    }

    private static func code(for number: Int32) -> Code {
        switch number {
        case ENOENT, ENOTDIR: .notFound
        case EACCES, EPERM, ELOOP: .forbidden
        case ENOSPC, EDQUOT: .diskFull
        case EROFS: .readOnly
        case EEXIST, EISDIR, ENOTEMPTY: .conflict
        case EMFILE, ENFILE, ENOMEM, EFBIG: .limitExceeded
        case EINVAL, ENAMETOOLONG: .invalidArgument
        default: .io
        }
    }
}

/// Runs a system call until no signal interrupts it; its result, negative on failure with `errno` set.
package func retryingOnInterrupt<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
