-- describe, it and their kin: gathers the tests of one file, and runs one of them when the host says so.

local suite = {}
local tests = {}
local running = nil

local function block(name, parent)
  return { name = name, parent = parent, setup = {}, teardown = {}, before = {}, after = {}, is_set_up = false }
end

local current = block(nil, nil)

local function expect(value, kind, what, who)
  if type(value) == kind then return end
  error(("bad argument to '%s': %s must be a %s, not %s"):format(who, what, kind, type(value)), 3)
end

local function only_outside(who)
  if running then error(("'%s' cannot be called inside a test"):format(who), 3) end
end

-- Where the test file stands now, as "file:line: ".
local function place()
  for level = 2, 8 do
    local _, text = pcall(error, "", level)
    if text ~= "" and text:sub(1, 11) ~= "lunad.test:" then return text end
  end
  return ""
end

local function names_of(name)
  local names, around = { name }, current
  while around.name do
    table.insert(names, 1, around.name)
    around = around.parent
  end
  return names
end

local function add(name, body, reason)
  local test = { names = names_of(name), body = body, block = current, place = place(), reason = reason }
  tests[#tests + 1] = test
end

function describe(name, body)
  only_outside("describe")
  expect(name, "string", "the name", "describe")
  expect(body, "function", "the body", "describe")
  local outer = current
  current = block(name, outer)
  body()
  current = outer
end

context = describe

function it(name, body)
  only_outside("it")
  expect(name, "string", "the name", "it")
  if body ~= nil then expect(body, "function", "the body", "it") end
  add(name, body)
end

-- Outside a test: one that is there by name alone. Inside: ends the test as pending, for this reason.
function pending(text, reason)
  expect(text, "string", "the text", "pending")
  if running then error({ lunad_test = "pending", message = text }, 0) end
  add(text, nil, type(reason) == "string" and reason or nil)
end

local function hook(name, list)
  return function(body)
    only_outside(name)
    expect(body, "function", "the body", name)
    table.insert(current[list], body)
  end
end

before_each, after_each = hook("before_each", "before"), hook("after_each", "after")
setup, teardown = hook("setup", "setup"), hook("teardown", "teardown")

-- The blocks around a test, outermost first.
local function blocks(test)
  local list, around = {}, test.block
  while around do
    table.insert(list, 1, around)
    around = around.parent
  end
  return list
end

-- ---- Called by the host ----

-- Makes the library of tests from its parts.
function suite:open(parts)
  local function part(name, ...) return load(parts[name], "=lunad.test")(...) end
  local show = part("showing")
  self.assertions = part("assertions", show)
  local raw = lunad.test.call
  lunad.test = part("host", raw)
  lunad.test.host, lunad.test.new = lunad.test.new, nil
end

-- Reads a test file; what it holds: for each test its names, its place, whether it has a body, and why not.
function suite:read(source, name)
  local chunk, problem = load(source, "@" .. name)
  if not chunk then error({ lunad_test = "syntax", message = problem }, 0) end
  chunk()
  local list = {}
  for id, test in ipairs(tests) do
    list[id] = { names = test.names, place = test.place, is_pending = test.body == nil, reason = test.reason }
  end
  return list
end

-- Says which tests will run, so that each block is torn down after its last.
function suite:select(ids)
  for _, id in ipairs(ids) do
    for _, around in ipairs(blocks(tests[id])) do around.last = id end
  end
end

function suite:run(id)
  local test = tests[id]
  running = test
  for _, around in ipairs(blocks(test)) do
    if not around.is_set_up then
      for _, body in ipairs(around.setup) do body() end
      around.is_set_up = true
    end
  end
  for _, around in ipairs(blocks(test)) do
    for _, body in ipairs(around.before) do body() end
  end
  test.body()
end

function suite:finish(id)
  local test = tests[id]
  local around = test.block
  while around do
    for index = #around.after, 1, -1 do around.after[index]() end
    around = around.parent
  end
  around = test.block
  while around and around.last == id do
    if around.is_set_up then
      for index = #around.teardown, 1, -1 do around.teardown[index]() end
    end
    around = around.parent
  end
end

-- What the library can assert, for who checks that it is all known elsewhere.
function suite:vocabulary() return self.assertions.names() end

return suite
