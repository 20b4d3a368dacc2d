import Model

/// The `lunad` table, the classes of what it takes and gives, and what the sandbox has of `os`, as annotations.
enum APIAnnotations {
    /// `jobTypes` are the project's own, for which `launch` knows the arguments.
    static func text(jobTypes: [ScriptShape]) -> String {
        classes() + functions(jobTypes: jobTypes) + os
    }

    private static func classes() -> String {
        LunadAPI.classes.map { type in
            var text = AnnotationText.comment(type.doc) + "---@class \(AnnotationText.prefix)\(type.name)\n"
            text += type.fields.map(AnnotationText.field).joined()
            if type.name == "Daemon" { text += hooks(LunadAPI.daemonHooks, of: type) }
            if type.name == "JobType" { text += hooks(LunadAPI.jobHooks, of: type) }
            // Methods are added to the class through a local of it.
            return text + (handles[type.name].map { "local \($0) = {}\n\n" } ?? "\n")
        }.joined()
    }

    /// The classes that have methods, and how those call their owner.
    private static let handles = ["Session": "db", "JobRun": "job"]

    private static func hooks(_ hooks: [APIFunction], of type: APIClass) -> String {
        hooks.map { AnnotationText.hook($0, of: AnnotationText.prefix + type.name) }.joined()
    }

    private static func functions(jobTypes: [ScriptShape]) -> String {
        var text = "---@class lunad\nlunad = {}\n\n"
        var tables: Set<String> = []
        for function in LunadAPI.functions {
            var owner = function.owner
            if !function.name.contains(":") {
                if !owner.isEmpty, tables.insert(owner).inserted {
                    text += "---@class lunad.\(owner)\nlunad.\(owner) = {}\n\n"
                }
                owner = owner.isEmpty ? "lunad" : "lunad.\(owner)"
            }
            text += AnnotationText.function(function, in: owner, overloads: overloads(of: function, jobTypes))
        }
        return text
    }

    /// One form of `launch` for each job type that declares its arguments.
    private static func overloads(of function: APIFunction, _ jobTypes: [ScriptShape]) -> [String] {
        guard function.shortName == "launch" else { return [] }
        let owner = function.name.contains(":") ? "self: lunad.Session, " : ""
        return jobTypes.filter { $0.values != nil }.map { type in
            let arguments = "args\(type.canOmitValues ? "?" : ""): lunad.args.\(type.className)"
            return "fun(\(owner)type: \"\(type.name)\", \(arguments), options?: lunad.LaunchOptions): integer, boolean"
        }
    }

    /// The part of Lua's `os` that tells the time is all that scripts have.
    private static let os = """
        ---@class lunad.os
        os = {}

        ---@param time? table
        ---@return integer
        function os.time(time) end

        ---@param format? string
        ---@param time? number
        ---@return string|table
        function os.date(format, time) end

        ---@return number
        function os.clock() end

        ---@param later number
        ---@param earlier number
        ---@return number
        function os.difftime(later, earlier) end


        """
}
