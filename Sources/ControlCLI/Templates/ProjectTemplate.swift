/// The files of a new project, by their paths in its folder.
enum ProjectTemplate {
    static func files(name: String) -> [(path: String, text: String)] {
        [
            ("lunad.lua", settings),
            ("scripts/hello.lua", DaemonTemplate.text(name: "hello")),
            ("scripts/tests/hello_test.lua", TestTemplate.daemon(name: "hello")),
            ("README.md", readme(name: name)),
            (".gitignore", "var/\nlunad.d.lua\n"),
        ]
    }

    private static let settings = """
        -- Settings of the host for this project. Every line is optional; these are the defaults.
        return {
          -- shutdown_timeout = 25,                 -- seconds until a shutdown gives up on daemons that do not stop
          -- log = {
          --   level     = "info",                  -- lines below it are neither shown nor kept
          --   keep_rows = 200000,                  -- older lines beyond this many are deleted
          --   keep_days = 14,                      -- and those older than this
          -- },
          -- jobs = {
          --   workers        = 32,                 -- jobs that run at once
          --   keep_completed = 86400,              -- seconds that finished jobs are kept
          --   keep_cancelled = 86400,
          --   keep_failed    = 2592000,
          -- },
          -- allow = { fs = { "/srv" } },           -- the most that any script may be granted
        }

        """

    private static func readme(name: String) -> String {
        """
        # \(name)

        Daemons for lunad, a host for daemons written as Lua scripts.

            lunad run              # host every script in scripts/
            lunad status           # what they are doing (in a second terminal)
            lunad logs -f          # what they say
            lunad check            # look for mistakes before running anything
            lunad test             # run scripts/tests, in virtual time
            lunad new daemon NAME  # add a daemon; lunad new job NAME: a job type
            lunad meta             # let an editor with lua-language-server know all of it

        scripts/     one file a daemon; scripts/jobs/ one file a job type; scripts/lib/ holds modules;
                     scripts/tests/ NAME_test.lua
        Migrations/  NNNN_what.sql, applied once each, in order: tables of your own
        lunad.lua    the host's settings
        var/         made by the host: the database, and the socket of the command line

        """
    }
}
