import ControlPage
import Model

/// The page for a browser at `/`, and what it is made of. It holds no data: it asks this API for all that it shows.
struct PageRoutes: Sendable {
    /// Nothing from elsewhere, nothing inline, in nobody's frame.
    private static let policy = """
        default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
        object-src 'none'
        """

    var routes: [Route] {
        [
            Route(.get, "/", "The page for a browser", answer: .text("text/html")) { (call) throws(HostError) in
                try Self.answer(PageAsset.index, call)
            },
            Route(.get, "/assets/{name}", "What the page is made of", answer: .text("*/*")) {
                (call) throws(HostError) in
                try Self.answer(call.parameter("name"), call)
            },
        ]
    }

    /// The file, or that the browser has it already. It asks each time: a new host's page is never mixed with an old one's.
    private static func answer(_ name: String, _ call: Call) throws(HostError) -> HTTPResponse {
        guard let asset = PageAsset.named(name) else {
            throw HostError(.notFound, "the page has no file '\(name)'")
        }
        let headers = [
            HTTPResponse.Header(name: "Cache-Control", value: "no-cache"),
            HTTPResponse.Header(name: "ETag", value: asset.tag),
            HTTPResponse.Header(name: "Content-Security-Policy", value: policy),
            HTTPResponse.Header(name: "Referrer-Policy", value: "no-referrer"),
            HTTPResponse.Header(name: "Cross-Origin-Opener-Policy", value: "same-origin"),
        ]
        if call.headers["if-none-match"] == asset.tag {
            return HTTPResponse(status: 304, type: asset.type, body: [], headers: headers)
        }
        return HTTPResponse(status: 200, type: asset.type, body: asset.bytes, headers: headers)
    }
}
