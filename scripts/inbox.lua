-- Watches a folder and records every file that arrives in it, with its SHA-256, in the table inbox_files
-- (Migrations/0100_inbox.sql). The digest is the work of a job, scripts/jobs/sha256.lua.
--
-- A file counts once its time of change is `settle` seconds old, so that one still being written waits. The same name
-- with another time of change is another record. The table decides what is new: a restart records nothing twice.
-- A record and its job are launched in one transaction, so there is never one without the other.

local inbox = {
  doc    = "Records every file that arrives in a folder, with its SHA-256.",
  every  = 2,
  config = {
    folder = { type = "string", default = "var/inbox", doc = "The folder to watch, from the project's folder on" },
    settle = { type = "number", default = 1, min = 0, max = 3600, doc = "Seconds a file must have been left alone" },
    batch  = { type = "integer", default = 100, min = 1, max = 1000, doc = "Files recorded in one transaction" },
    keep   = { type = "integer", default = 100000, min = 1000, doc = "Newest records kept; more than the folder holds" },
  },
  allow  = { fs = { "$folder" } },
  state  = { recorded = 0, hashed = 0 },
}

local WAIT_FOR_FOLDER = 10 -- seconds

local known = {}           -- name -> time of change that was recorded; only spares work, forgotten with this Lua state
local is_folder_missing = false

-- Has the folder gone, or not been made yet? Said once, not every few seconds.
local function folder_exists(folder)
  local exists = lunad.fs.stat(folder) ~= nil
  if not exists and not is_folder_missing then
    lunad.log.warn("waiting for the folder; make it with mkdir -p", { folder = folder })
  end
  is_folder_missing = not exists
  return exists
end

-- The files that are not recorded yet, and everything that is there.
local function look_around(config)
  local arrived, present, now = {}, {}, lunad.now()
  for _, name in ipairs(lunad.fs.list(config.folder)) do
    -- A link that leads out of the folder is refused; it is no reason to stop looking.
    local is_allowed, file = pcall(lunad.fs.stat, config.folder .. "/" .. name)
    if not is_allowed then
      if known[name] ~= false then lunad.log.warn("left out", { file = name, reason = file }) end
      present[name] = false
    elseif file and file.type == "file" then
      if known[name] == file.modified then
        present[name] = file.modified
      elseif now - file.modified >= config.settle then
        arrived[#arrived + 1] = { name = name, size = file.size, modified = file.modified }
      end
    end
  end
  return arrived, present
end

-- Records one file and launches the job that hashes it; does nothing for a file that is recorded already.
local function record_file(db, folder, file)
  local added, id = db:exec(
    [[INSERT INTO inbox_files (name, size, modified, recorded) VALUES (:name, :size,
        strftime('%Y-%m-%dT%H:%M:%fZ', :modified, 'unixepoch'), strftime('%Y-%m-%dT%H:%M:%fZ'))
      ON CONFLICT (name, modified) DO NOTHING]], file)
  if added > 0 then
    local job = db:launch("sha256", { path = folder .. "/" .. file.name }, { monitor = true, tags = { "inbox" } })
    db:exec("UPDATE inbox_files SET job = ? WHERE id = ?", job, id)
  end
  return added
end

-- Rows, jobs and the count in self.state commit together, or not at all.
local function record(self, files, first, last)
  local added = lunad.session(function(db)
    local added = 0
    for index = first, last do added = added + record_file(db, self.config.folder, files[index]) end
    if added > 0 then
      db:exec("DELETE FROM inbox_files WHERE id <= (SELECT max(id) FROM inbox_files) - ?", self.config.keep)
      self.state.recorded = self.state.recorded + added
    end
    return added
  end)
  if added > 0 then lunad.log.info("recorded", { files = added, newest = files[last].name }) end
end

function inbox:run_step()
  if not folder_exists(self.config.folder) then return WAIT_FOR_FOLDER end
  local arrived, present = look_around(self.config)
  for first = 1, #arrived, self.config.batch do
    if lunad.stopping() then return end
    local last = math.min(first + self.config.batch - 1, #arrived)
    record(self, arrived, first, last)
    for index = first, last do present[arrived[index].name] = arrived[index].modified end
  end
  known = present
  lunad.status(("recorded so far: %d, hashed: %d"):format(self.state.recorded, self.state.hashed))
end

-- A hash job has ended. Should the host die right after this session, the same end is told again, and changes nothing.
function inbox:on_job(job)
  if job.status ~= "completed" then
    lunad.log.warn("no digest", { file = job.args.path, job = job.id, reason = job.error or job.reason })
    return
  end
  local digest = job.result.out:match("^\\?(%x+)") -- sha256sum marks a name with odd characters by a backslash
  lunad.session(function(db)
    local stored = db:exec("UPDATE inbox_files SET digest = ? WHERE job = ? AND digest IS NULL", digest, job.id)
    self.state.hashed = self.state.hashed + stored
  end)
end

return inbox
