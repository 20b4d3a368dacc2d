import Model

/// What a script finds in its environment besides the `lunad` table, and where else what it misses is found.
enum Sandbox {
    static let functions: Set<String> = [
        "assert", "collectgarbage", "error", "getmetatable", "ipairs", "load", "next", "pairs", "pcall", "print",
        "rawequal", "rawget", "rawlen", "rawset", "require", "select", "setmetatable", "tonumber", "tostring", "type",
        "xpcall",
    ]

    static let libraries: [String: Set<String>] = [
        "coroutine": ["close", "create", "isyieldable", "resume", "running", "status", "wrap", "yield"],
        "math": [
            "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max",
            "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "randomseed", "sin", "sqrt", "tan",
            "tointeger", "type", "ult",
            // Debian's Lua keeps these of earlier versions.
            "atan2", "cosh", "frexp", "ldexp", "log10", "pow", "sinh", "tanh",
        ],
        "os": ["clock", "date", "difftime", "time"],
        "string": [
            "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize", "rep",
            "reverse", "sub", "unpack", "upper",
        ],
        "table": ["concat", "insert", "move", "pack", "remove", "sort", "unpack"],
        "utf8": ["char", "charpattern", "codepoint", "codes", "len", "offset"],
    ]

    static let globals = functions.union(libraries.keys).union(["_G", "_VERSION", "lunad"])

    /// What to use instead of names that exist in other Lua environments.
    private static let replacements = [
        "debug": "it would reach through the walls between daemons",
        "dofile": "use require for a module in scripts/lib",
        "getfenv": "Lua 5.4 has _ENV instead",
        "io": "use lunad.fs",
        "loadfile": "use require for a module in scripts/lib",
        "loadstring": "use load",
        "module": "return a table instead",
        "os.getenv": "declare a config key instead",
        "os.remove": "files are reached through lunad.fs",
        "os.rename": "files are reached through lunad.fs",
        "package": "require finds modules in scripts/lib",
        "setfenv": "Lua 5.4 has _ENV instead",
        "string.dump": "only source text can be loaded",
        "table.getn": "use the operator #",
        "unpack": "use table.unpack",
    ]

    /// Globals of other Lua environments. A script that first looks whether one is there is ready to do without it.
    static let elsewhere: Set<String> = [
        "arg", "bit", "bit32", "debug", "dofile", "getfenv", "io", "jit", "loadfile", "loadstring", "module", "ngx",
        "package", "setfenv", "unpack", "warn",
    ]

    /// The end of a message about the missing `name`: what to use, or what was probably meant.
    static func hint(for name: String, among candidates: some Sequence<String>, prefix: String = "") -> String {
        if let replacement = replacements[prefix + name] { return "; \(replacement)" }
        return DidYouMean.closest(to: name, in: candidates).map { "; did you mean '\(prefix)\($0)'?" } ?? ""
    }
}
