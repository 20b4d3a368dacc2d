/// How much a script's Lua heap may hold, and what may cross its border, in bytes.
package struct LuaLimits: Sendable, Hashable {
    /// A script that needs more is interrupted.
    package var memoryHard: Int
    /// Above this Lua collects its garbage before it grows.
    package var memorySoft: Int
    /// The largest value that may cross between script and host, encoded.
    package var value: Int

    package init(memoryHard: Int, memorySoft: Int? = nil, value: Int = 16 << 20) {
        self.memoryHard = memoryHard
        self.memorySoft = memorySoft ?? memoryHard / 4 * 3
        self.value = value
    }
}
