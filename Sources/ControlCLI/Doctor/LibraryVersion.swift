/// A library that the process has loaded.
package struct LibraryVersion: Sendable, Hashable {
    package var name: String
    package var version: String

    package init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}
