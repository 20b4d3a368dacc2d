import Model

/// One file of the page, as it is served. They stand in `Assets` and are embedded in the binary.
package struct PageAsset: Sendable {
    package let bytes: [UInt8]
    /// Its media type.
    package let type: String
    /// Its identity as an `ETag`: another text has another.
    package let tag: String

    /// The document that a browser opens.
    package static let index = "index.html"

    /// The file of that name; nil when the page has none such.
    package static func named(_ name: String) -> PageAsset? { all[name] }

    /// Made, with their digests, when the first is asked for.
    private static let all: [String: PageAsset] = Dictionary(
        uniqueKeysWithValues: files.map { ($0.name, PageAsset($0.name, $0.bytes)) })

    private init(_ name: String, _ bytes: [UInt8]) {
        self.bytes = bytes
        type = Self.types[name.drop { $0 != "." }.dropFirst().description] ?? "application/octet-stream"
        tag = "\"\(SHA256.hex(bytes).prefix(32))\""
    }

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
    ]
}
