-- Values as text for people, and where two of them differ.

local show = {}

local SHORT = 70        -- longer tables are laid out over several lines
local DEEPEST = 8       -- tables below are shown as {…}
local MOST_ENTRIES = 100 -- of one table
local MOST_DIFFERENCES = 10

local function is_name(key) return type(key) == "string" and key:match("^[%a_][%w_]*$") ~= nil end

local RANKS = { number = 1, string = 2, boolean = 3 }

-- Keys in an order that is the same each time: numbers, then names, then the rest.
local function sorted_keys(of)
  local keys = {}
  for key in next, of do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local rank_a, rank_b = RANKS[type(a)] or 4, RANKS[type(b)] or 4
    if rank_a ~= rank_b then return rank_a < rank_b end
    if rank_a <= 2 then return a < b end
    return tostring(a) < tostring(b)
  end)
  return keys
end

local function quoted(text)
  local escaped = ("%q"):format(text):gsub("\\\n", "\\n"):gsub("\r", "\\r"):gsub("\t", "\\t")
  return escaped
end

local function key_text(key)
  if is_name(key) then return key end
  return "[" .. (type(key) == "string" and quoted(key) or tostring(key)) .. "]"
end

local write

local function write_table(of, indent, seen, depth)
  if seen[of] then return "{…}" end
  if depth > DEEPEST then return next(of) == nil and "{}" or "{…}" end
  seen[of] = true
  local parts, count = {}, rawlen(of)
  for _, key in ipairs(sorted_keys(of)) do
    if #parts == MOST_ENTRIES then
      parts[#parts + 1] = "…"
      break
    end
    local text = write(rawget(of, key), indent .. "  ", seen, depth + 1)
    local is_listed = math.type(key) == "integer" and key >= 1 and key <= count
    parts[#parts + 1] = is_listed and text or key_text(key) .. " = " .. text
  end
  seen[of] = nil
  if #parts == 0 then return "{}" end
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if #line + #indent <= SHORT and not line:find("\n", 1, true) then return line end
  return "{\n" .. indent .. "  " .. table.concat(parts, ",\n" .. indent .. "  ") .. "\n" .. indent .. "}"
end

function write(value, indent, seen, depth)
  if type(value) == "string" then return quoted(value) end
  if type(value) ~= "table" then return tostring(value) end
  local meta = getmetatable(value)
  if type(meta) == "table" and meta.__tostring then return tostring(value) end
  return write_table(value, indent, seen, depth)
end

-- The value as Lua text.
function show.value(value) return write(value, "", {}, 0) end

-- Whether both are the same, tables by what they hold.
function show.same(a, b, seen)
  if a == b then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return a ~= a and b ~= b end
  seen = seen or {}
  if seen[a] == b then return true end
  seen[a] = b
  for key, value in next, a do
    if not show.same(value, rawget(b, key), seen) then return false end
  end
  for key in next, b do
    if rawget(a, key) == nil then return false end
  end
  return true
end

local function gather(expected, got, path, list, seen)
  if show.same(expected, got) then return end
  if type(expected) ~= "table" or type(got) ~= "table" or seen[expected] then
    list[#list + 1] = ("%s: expected %s, got %s"):format(path, show.value(expected), show.value(got))
    return
  end
  seen[expected] = true
  local keys = {}
  for key in next, expected do keys[key] = true end
  for key in next, got do keys[key] = true end
  for _, key in ipairs(sorted_keys(keys)) do
    if #list > MOST_DIFFERENCES then return end
    local step = is_name(key) and "." .. key or (key_text(key):sub(1, 1) == "[" and key_text(key) or "." .. key)
    gather(rawget(expected, key), rawget(got, key), path .. step, list, seen)
  end
end

-- Where two tables differ, one place a line.
function show.differences(expected, got)
  local list = {}
  gather(expected, got, "", list, {})
  if #list > MOST_DIFFERENCES then list[MOST_DIFFERENCES + 1] = "and more" end
  return table.concat(list, "\n", 1, math.min(#list, MOST_DIFFERENCES + 1))
end

return show
