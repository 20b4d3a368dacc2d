-- lunad.test.host(): a host of its own for a test, with an empty database and a clock that moves by advance alone.
local call = ...

local Host, Daemon = {}, {}
Host.__index, Daemon.__index = Host, Daemon

-- Raises with the place in the test, however many functions of this file are in between.
local function raise(message)
  for level = 2, 8 do
    local _, place = pcall(error, "", level)
    if place ~= "" and place:sub(1, 11) ~= "lunad.test:" then error(place .. message, 0) end
  end
  error(message, 0)
end

local function describe_host(host) return "host " .. host.id end
Host.__tostring = describe_host
Daemon.__tostring = function(daemon) return "daemon " .. daemon.name end

local function answer_for(host, program)
  local stub = host.programs[program.argv[1]]
  local result = stub(program.argv, program.stdin)
  if result == nil then result = {} end
  if type(result) == "string" then result = { out = result } end
  if type(result) ~= "table" then
    error(("the stub of '%s' must return a table such as { exit = 0, out = \"…\" }"):format(program.argv[1]), 0)
  end
  return { id = program.id, result = result }
end

-- Has the host do something; meanwhile programs may be asked for that the test answers for.
local function ask(host, what, arguments)
  local reply = call(what, host.id, arguments or {})
  while reply.program do reply = call("answer", host.id, answer_for(host, reply.program)) end
  if reply.error then raise(reply.error) end
  return reply.value
end

local function expect(value, kind, what, is_optional)
  if type(value) == kind or (is_optional and value == nil) then return end
  raise(("%s must be a %s, not %s"):format(what, kind, type(value)))
end

-- ---- A host ----

local hosts = {}

function hosts.new(options)
  expect(options, "table", "the options of a host", true)
  local host = setmetatable({ programs = {} }, Host)
  local reply = call("host", 0, options or {})
  if reply.error then raise(reply.error) end
  host.id, host.path = reply.value.id, reply.value.path
  return host
end

-- Starts a daemon with this config and lets everything happen that is due at once. With options.script the daemon is
-- another instance of that script.
function Host:start(name, config, options)
  expect(name, "string", "the daemon's name")
  expect(config, "table", "the config", true)
  expect(options, "table", "the options", true)
  ask(self, "start", { name = name, config = config, script = options and options.script })
  return self:daemon(name)
end

function Host:daemon(name) return setmetatable({ host = self, name = name }, Daemon) end

-- Every daemon that the host knows, as status shows them.
function Host:daemons() return ask(self, "daemons") end

-- Lets so many seconds pass: each timer on the way is served at its own moment, and what comes of it happens.
function Host:advance(seconds)
  expect(seconds, "number", "the seconds to advance")
  ask(self, "advance", { seconds = seconds })
end

-- The host's time of day, in seconds since 1970.
function Host:now() return ask(self, "now") end

function Host:query(sql, ...)
  expect(sql, "string", "the statement")
  return ask(self, "query", { sql = sql, values = table.pack(...) })
end

function Host:exec(sql, ...)
  expect(sql, "string", "the statement")
  return ask(self, "exec", { sql = sql, values = table.pack(...) })
end

-- Jobs, oldest first.
function Host:jobs(filter)
  expect(filter, "table", "the filter", true)
  return ask(self, "jobs", filter)
end

function Host:job(id) return ask(self, "job", { id = id }) end

-- Launches a job and lets time pass until it has ended; gives it as it is then.
function Host:run_job(type_name, args, options)
  expect(type_name, "string", "the job's type")
  expect(args, "table", "the arguments", true)
  expect(options, "table", "the options", true)
  options = options or {}
  return ask(self, "run_job", { type = type_name, args = args, attempts = options.attempts, within = options.within })
end

-- Log lines, oldest first: those of a daemon, of a level or above, with a text in message or fields.
function Host:logs(filter)
  if type(filter) == "string" then filter = { text = filter } end
  expect(filter, "table", "the filter", true)
  return ask(self, "logs", filter)
end

-- What happened, oldest first: { kind = "daemon" | "job" | "log" | "removed", … }.
function Host:events(kind)
  expect(kind, "string", "the kind of event", true)
  return ask(self, "events", { kind = kind })
end

-- The next call of that name by a script fails with the message; options: times, always, daemon.
function Host:fail(name, message, options)
  expect(name, "string", "the call's name")
  expect(message, "string", "the message")
  expect(options, "table", "the options", true)
  options = options or {}
  ask(self, "fail", {
    call = name, message = message, daemon = options.daemon, times = not options.always and (options.times or 1) or nil,
  })
end

-- Lets calls succeed again: of that name, or all.
function Host:mend(name)
  expect(name, "string", "the call's name", true)
  ask(self, "mend", { call = name })
end

-- From now on body(argv, stdin) answers for that program: it returns { exit = 0, out = "…", err = "…" }.
function Host:program(name, body)
  expect(name, "string", "the program's name")
  expect(body, "function", "what answers for the program")
  self.programs[name] = body
  ask(self, "program", { name = name })
end

-- A new folder with these files; its path.
function Host:folder(files)
  expect(files, "table", "the files", true)
  return ask(self, "folder", { files = files })
end

function Host:write(path, text)
  expect(path, "string", "the path")
  expect(text, "string", "the content")
  ask(self, "write", { path = path, text = text })
end

function Host:read(path)
  expect(path, "string", "the path")
  return ask(self, "read", { path = path })
end

function Host:remove(path)
  expect(path, "string", "the path")
  ask(self, "remove", { path = path })
end

-- Stops the host in good order, as SIGTERM does.
function Host:stop() ask(self, "stop") end

-- Stops it and starts it again on the same database.
function Host:restart() ask(self, "restart") end

-- Ends it as kill -9 does and starts it again on the same database.
function Host:crash() ask(self, "crash") end

-- ---- A daemon ----

-- As lunad status --json shows it.
function Daemon:status() return ask(self.host, "status", { name = self.name }) end

-- What it has committed of self.state.
function Daemon:state() return ask(self.host, "state", { name = self.name }) end

-- Changes its config, or gives it when nothing is to be changed.
function Daemon:config(changes)
  expect(changes, "table", "the changes", true)
  return ask(self.host, "config", { name = self.name, changes = changes })
end

-- Lets time pass up to its next step, and that happen; so many times.
function Daemon:step(count)
  expect(count, "number", "how many steps", true)
  for _ = 1, count or 1 do ask(self.host, "step", { name = self.name }) end
end

function Daemon:wake() ask(self.host, "step", { name = self.name }) end

function Daemon:logs(filter)
  if type(filter) == "string" then filter = { text = filter } end
  expect(filter, "table", "the filter", true)
  local own = { daemon = self.name }
  for key, value in pairs(filter or {}) do own[key] = value end
  return ask(self.host, "logs", own)
end

-- Lets another text of its script take over, as when the file is saved; an error says why it is refused.
function Daemon:swap(text)
  expect(text, "string", "the script's text")
  ask(self.host, "swap", { name = self.name, text = text })
end

-- Lets the version before take over again.
function Daemon:rollback() ask(self.host, "rollback", { name = self.name }) end

function Daemon:start() ask(self.host, "command", { name = self.name, command = "start" }) end
function Daemon:stop() ask(self.host, "command", { name = self.name, command = "stop" }) end
function Daemon:restart() ask(self.host, "command", { name = self.name, command = "restart" }) end

return hosts
