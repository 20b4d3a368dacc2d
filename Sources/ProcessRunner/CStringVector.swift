import Glibc

/// C strings in a vector that ends with NULL, as `execve` takes its arguments and variables.
struct CStringVector: ~Copyable {
    private var strings: [UnsafeMutablePointer<CChar>?]

    init(_ texts: some Sequence<String>) {
        strings = texts.map { strdup($0) } + [nil]
    }

    deinit {
        for string in strings { free(string) }
    }

    func withPointer<Result>(_ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result) -> Result {
        strings.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
