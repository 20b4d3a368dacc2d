// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .unsafeFlags(["-warnings-as-errors"])]

let package = Package(
    name: "lunad",
    products: [.executable(name: "lunad", targets: ["lunad"])],
    targets: [
        // C libraries of the system.
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),

        // The C that this project writes around Lua and processes.
        .target(
            name: "CLuaShim", dependencies: ["CLua"],
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror", "-fno-strict-aliasing"]), .define("_GNU_SOURCE")]),

        // libcurl, loaded on first use.
        .target(
            name: "CCurl", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
            linkerSettings: [.linkedLibrary("dl")]),

        .target(name: "Model", swiftSettings: strict),
        .target(
            name: "Migrations", dependencies: ["Model"], path: "Migrations", exclude: ["0100_inbox.sql"],
            sources: ["core/CoreMigrations.swift"],
            resources: [.embedInCode("core/sqlite")],
            swiftSettings: strict),
        .target(name: "Platform", dependencies: ["Model"], swiftSettings: strict),
        .target(name: "LuaSyntax", dependencies: ["Model"], swiftSettings: strict),
        .target(name: "LuaRuntime", dependencies: ["CLuaShim", "Model", "Platform"], swiftSettings: strict),
        .target(
            name: "SQLiteStore", dependencies: ["CSQLite", "Migrations", "Model", "Platform"], swiftSettings: strict),
        .target(name: "ProcessRunner", dependencies: ["CLuaShim", "Model", "Platform"], swiftSettings: strict),
        .target(name: "HTTPClient", dependencies: ["CCurl", "Model", "Platform"], swiftSettings: strict),
        .target(
            name: "DaemonHost", dependencies: ["LuaRuntime", "Model", "Platform", "ProcessRunner"],
            swiftSettings: strict),
        .target(
            name: "ControlPage", dependencies: ["Model"], resources: [.embedInCode("Assets")], swiftSettings: strict),
        .target(
            name: "ScriptTesting",
            dependencies: ["DaemonHost", "LuaRuntime", "Model", "Platform", "ProcessRunner", "SQLiteStore"],
            resources: [.embedInCode("Lua")],
            swiftSettings: strict),
        .target(
            name: "ControlAPI", dependencies: ["CMicroHTTPD", "ControlPage", "Model", "Platform"],
            swiftSettings: strict),
        .target(
            name: "ControlCLI",
            dependencies: [
                "CCurl", "CEdit", "LuaRuntime", "LuaSyntax", "Migrations", "Model", "Platform", "SQLiteStore",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "lunad",
            dependencies: [
                "ControlAPI", "ControlCLI", "DaemonHost", "HTTPClient", "LuaRuntime", "Model", "Platform",
                "ProcessRunner", "SQLiteStore", "ScriptTesting",
            ],
            swiftSettings: strict),

        // Measures the product against plain C: see 'make bench'.
        .target(
            name: "BenchFloors", dependencies: ["CLua", "CMicroHTTPD", "CSQLite"],
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"]), .define("_GNU_SOURCE")]),
        .executableTarget(
            name: "lunad-bench", dependencies: ["BenchFloors", "LuaRuntime", "Model", "Platform"],
            swiftSettings: strict),

        .testTarget(name: "BenchTests", dependencies: ["lunad-bench"], swiftSettings: strict),
        .testTarget(name: "ModelTests", dependencies: ["Model"], swiftSettings: strict),
        .testTarget(name: "PlatformTests", dependencies: ["Model", "Platform"], swiftSettings: strict),
        .testTarget(name: "LuaSyntaxTests", dependencies: ["LuaSyntax", "Model"], swiftSettings: strict),
        .testTarget(
            name: "ControlAPITests",
            dependencies: ["ControlAPI", "ControlCLI", "ControlPage", "Model", "Platform", "SQLiteStore"],
            swiftSettings: strict),
        .testTarget(
            name: "ControlCLITests",
            dependencies: ["ControlCLI", "LuaRuntime", "LuaSyntax", "Model", "Platform", "SQLiteStore"],
            swiftSettings: strict),
        .testTarget(name: "LuaRuntimeTests", dependencies: ["LuaRuntime", "Model", "Platform"], swiftSettings: strict),
        .testTarget(
            name: "SQLiteStoreTests", dependencies: ["CSQLite", "Migrations", "Model", "Platform", "SQLiteStore"],
            swiftSettings: strict),
        .testTarget(
            name: "ProcessRunnerTests", dependencies: ["CLuaShim", "Model", "Platform", "ProcessRunner"],
            swiftSettings: strict),
        // What the tests of requests talk to.
        .target(name: "TestServer", dependencies: ["Platform"], path: "Tests/TestServer", swiftSettings: strict),
        .testTarget(
            name: "HTTPClientTests", dependencies: ["HTTPClient", "Model", "Platform", "TestServer"],
            swiftSettings: strict),
        .testTarget(
            name: "DaemonHostTests",
            dependencies: [
                "DaemonHost", "HTTPClient", "LuaRuntime", "Model", "Platform", "ProcessRunner", "SQLiteStore",
                "TestServer",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ScriptTestingTests",
            dependencies: ["LuaRuntime", "Model", "Platform", "ScriptTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["CSQLite", "Model", "Platform", "SQLiteStore", "TestServer", "lunad"],
            swiftSettings: strict),
    ]
)
