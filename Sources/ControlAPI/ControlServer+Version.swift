import CMicroHTTPD

extension ControlServer {
    /// The version of the HTTP library that is loaded.
    package static var libraryVersion: String { MHD_get_version().map { String(cString: $0) } ?? "unknown" }
}
