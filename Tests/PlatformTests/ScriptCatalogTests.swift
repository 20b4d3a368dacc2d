import Model
import Platform
import Testing

@Suite("Modules of scripts/lib")
struct ScriptCatalogTests {
    private let folder: TemporaryFolder
    private let catalog: ScriptCatalog

    init() throws {
        folder = try TemporaryFolder()
        for name in ["scripts", "scripts/lib", "scripts/lib/pl", "scripts/lib/both"] { try folder.folder(name) }
        try folder.file("scripts/lib/one.lua", "1")
        try folder.file("scripts/lib/pl/List.lua", "2")
        try folder.file("scripts/lib/pl/init.lua", "3")
        try folder.file("scripts/lib/both.lua", "4")
        try folder.file("scripts/lib/both/init.lua", "5")
        try folder.file("scripts/lib/read.me")
        catalog = ScriptCatalog(folder: ProjectFolder(path: folder.path))
    }

    @Test(
        "a dot is a folder, and a folder's own module is its init.lua",
        arguments: [("one", "1"), ("pl.List", "2"), ("pl", "3"), ("pl.init", "3"), ("both", "4"), ("both.init", "5")])
    func source(name: String, text: String) throws {
        #expect(try catalog.module(name) == Array(text.utf8))
    }

    @Test("a module that is not there is named by the file that it would have")
    func missing() {
        let error = #expect(throws: HostError.self) { try catalog.module("pl.Lost") }
        #expect(error?.message == "there is no scripts/lib/pl/Lost.lua")
    }

    @Test("all are listed by the names that require takes")
    func list() throws {
        #expect(try catalog.modules().sorted() == ["both", "both", "both.init", "one", "pl", "pl.List", "pl.init"])
    }

    @Test("a tree is removed with its links, and what they lead to stays")
    func removal() throws {
        try folder.link("scripts/out", to: folder("scripts/lib"))
        try folder.folder("kept")
        try folder.link("scripts/lib/kept", to: folder("kept"))
        try Files.remove(folder("scripts"))
        try Files.remove(folder("scripts"))
        #expect(try Files.list(folder.path) == ["kept"])
    }
}
