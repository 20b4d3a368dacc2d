extension Grants {
    /// Names what stands in `http` and is no host.
    func checkHosts(_ reader: inout TableReader) { Self.check(hosts: http, &reader) }

    static func check(hosts: [String], _ reader: inout TableReader) {
        for entry in hosts where !entry.isEmpty && !WebGrants.isEntry(entry) {
            reader.problem("http", "has the entry \"\(entry)\"; expected \(WebGrants.expectation)")
        }
    }
}
