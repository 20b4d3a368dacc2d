-- Reads the texts that Linux gives in /proc.

local proc = {}

-- "0.52 0.58 0.59 1/467 12345": the load averages of 1, 5 and 15 minutes, and how many tasks run now.
function proc.loadavg(text)
  local one, five, fifteen, running = text:match("^(%S+) (%S+) (%S+) (%d+)/")
  if not one then error("/proc/loadavg has an unknown form: " .. text, 2) end
  return {
    one = tonumber(one), five = tonumber(five), fifteen = tonumber(fifteen), running = math.tointeger(tonumber(running)),
  }
end

-- "MemTotal:  8052140 kB" and so on: kilobytes by name.
function proc.meminfo(text)
  local sizes = {}
  for name, size in text:gmatch("([%w_()]+):%s+(%d+) kB") do sizes[name] = math.tointeger(tonumber(size)) end
  return sizes
end

return proc
