/// Which lunad this is.
package enum LunadVersion {
    package static let current = "0.1.0"
}
