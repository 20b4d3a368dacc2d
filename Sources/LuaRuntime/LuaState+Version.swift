import CLuaShim

extension LuaState {
    /// The version of the Lua library that is loaded, such as `5.4.4`.
    package static var libraryVersion: String {
        let words = String(cString: lunad_lua_ident()).split(separator: " ")
        guard let index = words.firstIndex(of: "Lua"), index + 1 < words.count else { return "unknown" }
        return String(words[index + 1])
    }
}
