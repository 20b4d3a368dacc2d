-- assert.NAME(…): fails the test with what was expected and what was there. The global function assert stays what it is.
local show = ...

local plain_assert = assert
local checks = {}

local FILLERS = { is = true, are = true, was = true, were = true, has = true, have = true, does = true, be = true }
local NEGATIONS = { ["not"] = true, no = true }

local function fail(message, note)
  if note ~= nil then message = tostring(note) .. "\n" .. message end
  error({ lunad_test = "failure", message = message }, 0)
end

local function lines(label, value)
  local text = show.value(value)
  if not text:find("\n", 1, true) then return label .. text end
  return label .. text:gsub("\n", "\n" .. (" "):rep(#label))
end

local function pair(headline, expected, got)
  return headline .. "\n" .. lines("expected: ", expected) .. "\n" .. lines("got:      ", got)
end

-- A check takes whether it is turned round, then the arguments; it returns whether it holds, and what to say if the
-- answer is not the wanted one. `count` tells how many of the arguments are its own: the next is the author's note.
local function define(names, count, check)
  for name in names:gmatch("%S+") do checks[name] = { count = count, run = check } end
end

define("equal equals", 2, function(is_negated, expected, got)
  local holds = expected == got
  if is_negated then return holds, "expected another value than " .. show.value(got) end
  local hint = ""
  if type(expected) == "table" and show.same(expected, got) then
    hint = "\nthey hold the same, but are two tables: assert.same compares what is in them"
  end
  return holds, pair("the values are not equal", expected, got) .. hint
end)

define("same", 2, function(is_negated, expected, got)
  local holds = show.same(expected, got)
  if is_negated then return holds, "expected anything but " .. show.value(got) end
  if holds then return true end
  if type(expected) ~= "table" or type(got) ~= "table" then
    return false, pair("the values are not the same", expected, got)
  end
  return false, pair("the tables differ at\n" .. show.differences(expected, got), expected, got)
end)

local function define_value(names, what, holds)
  define(names, 1, function(is_negated, got)
    return holds(got), ("expected %s%s, got %s"):format(is_negated and "anything but " or "", what, show.value(got))
  end)
end

define_value("true", "true", function(value) return value == true end)
define_value("false", "false", function(value) return value == false end)
define_value("nil", "nil", function(value) return value == nil end)
define_value("truthy", "a value that counts as true", function(value) return value and true or false end)
define_value("falsy", "false or nil", function(value) return not value end)
for _, kind in ipairs({ "boolean", "number", "string", "table", "function" }) do
  define_value(kind, "a " .. kind, function(value) return type(value) == kind end)
end

define("near", 3, function(is_negated, expected, got, tolerance)
  local holds = type(got) == "number" and math.abs(expected - got) <= tolerance
  local what = ("%s, give or take %s"):format(show.value(expected), show.value(tolerance))
  return holds, ("expected %s%s, got %s"):format(is_negated and "anything but " or "", what, show.value(got))
end)

define("match matches", 2, function(is_negated, pattern, got)
  local holds = type(got) == "string" and got:find(pattern) ~= nil
  local what = is_negated and "expected text that does not match " or "expected text that matches "
  return holds, what .. show.value(pattern) .. "\n" .. lines("got: ", got)
end)

define("contains", 2, function(is_negated, part, whole)
  local holds = false
  if type(whole) == "string" then
    holds = whole:find(tostring(part), 1, true) ~= nil
  elseif type(whole) == "table" then
    for _, value in next, whole do holds = holds or show.same(part, value) end
  end
  local what = is_negated and "expected it not to contain " or "expected it to contain "
  return holds, what .. show.value(part) .. "\n" .. lines("got: ", whole)
end)

-- The message of an error without the place that Lua puts in front of it.
local function bare(problem)
  if type(problem) ~= "string" then return problem end
  return (problem:gsub("^[^\n:]+:%d+: ", "", 1))
end

local function try(body)
  if type(body) ~= "function" then error("expected a function to call, got " .. show.value(body), 4) end
  local is_good, problem = pcall(body)
  return not is_good, problem
end

define("error errors", 2, function(is_negated, body, expected)
  local has_failed, problem = try(body)
  if is_negated then return has_failed, lines("expected no error, got: ", problem) end
  if not has_failed then return false, "expected an error, but the function returned" end
  local holds = expected == nil or show.same(expected, problem) or show.same(expected, bare(problem))
  return holds, pair("it raised another error", expected, bare(problem))
end)

define("error_matches", 2, function(is_negated, body, pattern)
  local has_failed, problem = try(body)
  local holds = has_failed and type(problem) == "string" and problem:find(pattern) ~= nil
  if is_negated then return holds, "expected no error that matches " .. show.value(pattern) end
  if not has_failed then return false, "expected an error that matches " .. show.value(pattern) .. ", but there was none" end
  return holds, "expected an error that matches " .. show.value(pattern) .. "\n" .. lines("got: ", problem)
end)

local function names()
  local list = {}
  for name in next, checks do list[#list + 1] = name end
  table.sort(list)
  return list
end

local make

-- The rest of a name such as is_not_nil after the words that only lead to it.
local function follow(is_negated, name)
  local words = {}
  for word in name:gmatch("[^_]+") do
    if #words == 0 and NEGATIONS[word] then
      is_negated = not is_negated
    elseif #words > 0 or not FILLERS[word] then
      words[#words + 1] = word
    end
  end
  return is_negated, table.concat(words, "_")
end

local function index(is_negated)
  return function(_, name)
    local turned, rest = follow(is_negated, name)
    if rest == "" then return make(turned) end
    local check = checks[rest]
    if not check then
      error(("unknown assertion 'assert.%s'; there are %s"):format(name, table.concat(names(), ", ")), 2)
    end
    return function(...)
      local holds, message = check.run(turned, ...)
      if holds == turned then fail(message, (select(check.count + 1, ...))) end
      return ...
    end
  end
end

function make(is_negated) return setmetatable({}, { __index = index(is_negated) }) end

assert = setmetatable({}, {
  __index = index(false),
  __call = function(_, ...) return plain_assert(...) end,
})

return { names = names }
