import LuaRuntime
import Model
import Platform

/// Makes the API, and what each script declares, known to an editor.
struct MetaCommand: Command {
    /// The file with the annotations, in the project's folder.
    static let annotations = "lunad.d.lua"
    static let settings = ".luarc.json"

    static let declaration = CommandDeclaration(
        name: "meta", summary: "make the API known to editors with lua-language-server",
        discussion: """
            Writes lunad.d.lua, which describes the lunad table, the hooks, and for each script its config, state or
            arguments; and .luarc.json, which tells lua-language-server what scripts have. A .luarc.json that is there
            keeps what it says; only what it lacks is added, and said. Run it again when a script's declarations change.
            The line '---@class lunad.daemon.NAME' above the table of scripts/NAME.lua ('---@class lunad.job.NAME' for
            scripts/jobs/NAME.lua) makes self.config, self.state and job.args known in its functions.
            """,
        positionals: [.init(name: "DIR", doc: "the project's folder (default: the current one)", presence: .optional)])

    private static let mark =
        "---@meta lunad\n-- Written by `lunad meta`, which may write it again: changes of yours would be lost.\n\n"

    private let directory: String?

    init(_ arguments: ParsedArguments) { directory = arguments.positionals.first }

    func run(in context: CommandContext) throws(HostError) -> ExitCode {
        let project = ProjectFolder(path: directory ?? context.folder)
        try project.requireScripts()
        let scripts = try scripts(of: project, in: context)
        try writeAnnotations(scripts, in: project)
        let settings = try writeSettings(in: project, context)
        if context.isJSON {
            let files: Value = .array([.string(Self.annotations)] + (settings ? [.string(Self.settings)] : []))
            context.output.line(try JSON.encode(["written": files]))
        }
        try tellUnmarked(scripts, in: project, context)
        return .done
    }

    // MARK: Annotations

    private func scripts(
        of project: ProjectFolder, in context: CommandContext
    ) throws(HostError) -> [(shape: ScriptShape, source: ScriptCatalog.Source)] {
        let catalog = ScriptCatalog(folder: project)
        let trial = { ScriptTrial(project: project, clock: context.clock, timeout: context.loadTimeout) }
        var sources: [(ScriptShape.Part, ScriptCatalog.Source)] = []
        for type in try catalog.types() { sources.append((.daemon, try catalog.source(of: type))) }
        for type in try catalog.jobTypes() { sources.append((.job, try catalog.jobSource(of: type))) }
        var scripts: [(shape: ScriptShape, source: ScriptCatalog.Source)] = []
        for (part, source) in sources {
            if let shape = ScriptShape(part: part, source, trial: trial()) {
                scripts.append((shape, source))
            } else {
                context.note("left out \(source.path): it does not load; 'lunad check' says why")
            }
        }
        return scripts
    }

    private func writeAnnotations(
        _ scripts: [(shape: ScriptShape, source: ScriptCatalog.Source)], in project: ProjectFolder
    ) throws(HostError) {
        let path = "\(project.path)/\(Self.annotations)"
        if try Files.facts(of: path) != nil {
            guard try Files.read(path).starts(with: Self.mark.utf8) else {
                throw HostError(
                    .conflict, "\(path) is there already, and 'lunad meta' did not write it; move it away first")
            }
        }
        let shapes = scripts.map(\.shape)
        let text =
            Self.mark + APIAnnotations.text(jobTypes: shapes.filter { $0.part == .job })
            + shapes.map(\.annotations).joined()
        try Files.write(Array(text.utf8), to: path)
    }

    /// A script that does not name its class gets none of this in its functions.
    private func tellUnmarked(
        _ scripts: [(shape: ScriptShape, source: ScriptCatalog.Source)], in project: ProjectFolder,
        _ context: CommandContext
    ) throws(HostError) {
        let daemons = scripts.count { $0.shape.part == .daemon }
        context.note(
            "Wrote \(Self.annotations): the API, \(daemons) daemon\(daemons == 1 ? "" : "s"), "
                + "\(scripts.count - daemons) job type\(scripts.count - daemons == 1 ? "" : "s").")
        let unmarked = scripts.filter { script in
            let text = String(decoding: script.source.bytes, as: UTF8.self)
            return !text.split(separator: "\n").contains { $0.hasPrefix("---@class \(script.shape.tableClass)") }
        }
        guard let first = unmarked.first else { return }
        let others = unmarked.count > 1 ? ", and likewise in \(unmarked.count - 1) more" : ""
        context.note(
            "Put the line '---@class \(first.shape.tableClass)' above the table of \(first.source.path)\(others): "
                + "then the editor knows self.config and the rest in its functions.")
    }

    // MARK: Settings

    /// Whether the file was written.
    private func writeSettings(in project: ProjectFolder, _ context: CommandContext) throws(HostError) -> Bool {
        let path = "\(project.path)/\(Self.settings)"
        let old = try Files.facts(of: path) == nil ? nil : String(decoding: try Files.read(path), as: UTF8.self)
        guard let merged = EditorSettings.merged(into: old) else {
            context.note(
                "Left \(Self.settings) as it is, since it is no plain JSON object. What it should hold:\n\(EditorSettings.shown)"
            )
            return false
        }
        for name in merged.kept { context.note("\(Self.settings) has its own \(name); it stays.") }
        guard let text = merged.text else {
            context.note("\(Self.settings) has all it needs.")
            return false
        }
        try Files.write(Array(text.utf8), to: path)
        context.note(
            old == nil
                ? "Wrote \(Self.settings)." : "Added to \(Self.settings): \(merged.added.joined(separator: ", ")).")
        return true
    }
}
