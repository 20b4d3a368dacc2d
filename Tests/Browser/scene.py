"""What the tests of the page share: one project with daemons of each kind, one browser that is let in."""

import unittest

from browser import Browser, wait
from host import Project

SCRIPTS = {
    # Steps often, says something each time.
    "ticker": """
return {
  doc = "Ticks.", every = 0.2, state = { ticks = 0, seen = { first = true } },
  config = {
    loud     = { type = "boolean", default = false, doc = "Whether it shouts" },
    batch    = { type = "integer", default = 10, min = 1, max = 100, doc = "How many at once" },
    greeting = { type = "string", default = "hello", doc = "What it says" },
    mode     = { type = "string", default = "fast", one_of = { "fast", "slow" } },
    hosts    = { type = "list", default = { "a.example" } },
    key      = { type = "string", secret = true },
  },
  run_step = function(self)
    self.state.ticks = self.state.ticks + 1
    lunad.log.info("tick", { ticks = self.state.ticks })
    lunad.status("ticked " .. self.state.ticks .. " times", self.state.ticks % 10 / 10)
  end,
}""",
    # Fails at each step, and backs off.
    "breaker": """
local function inner(thing) return thing.part.name end
return { every = 1, policy = { max_errors = 100 }, run_step = function() inner({}) end }""",
    # Gives up at once.
    "quitter": 'return { every = 1, run_step = function() lunad.fail("the licence has run out") end }',
    # Rests, until somebody starts it.
    "sleeper": 'return { enabled = false, every = 60, run_step = function() end }',
}
JOBS = {
    "count": """
return {
  doc = "Counts slowly.",
  args = {
    steps = { type = "integer", default = 3, min = 1, max = 1000, doc = "How far" },
    breaks = { type = "boolean", default = false, doc = "Whether it fails at the end" },
  },
  attempts = 1,
  run = function(self, job)
    for step = 1, job.args.steps do
      job:progress(step, job.args.steps, "step " .. step)
      lunad.log.info("counted", { step = step })
      lunad.sleep(0.2)
      if job:cancelled() then return end
    end
    if job.args.breaks then error("it broke at the end") end
    return { counted = job.args.steps }
  end,
}""",
}


class Scene(unittest.TestCase):
    """A host and a browser for all tests of a class; each test begins at the list of daemons, let in."""

    scripts, jobs = SCRIPTS, JOBS

    @classmethod
    def setUpClass(cls):
        cls.project = Project(cls.scripts, cls.jobs)
        cls.addClassCleanup(cls.project.close)
        cls.prepare()
        cls.project.start()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.browser.look()
        cls.let_in()

    @classmethod
    def prepare(cls):
        """What is done to the project before its host starts."""

    @classmethod
    def let_in(cls):
        cls.browser.open(f"{cls.project.address}#token={cls.project.token}")
        cls.browser.wait("the list of daemons", "document.querySelector('.daemons tbody tr') !== null")

    def setUp(self):
        self.browser.troubles.clear()
        self.go("#/daemons")

    def tearDown(self):
        self.assertEqual([], self.browser.troubles, "the page complained")

    def go(self, place):
        self.browser.run(f"location.hash = '{place}'")
        self.browser.wait(f"the place {place}", f"location.hash.startsWith('{place}')")

    def cell(self, name, cell):
        """JavaScript for a cell of a row."""
        return f"document.querySelector('{self.row(name, cell)}')"

    def row(self, name, cell=""):
        return f'tr[data-row="{name}"] {cell}'.strip()

    def status(self, name, status, limit=30):
        """Waits until the list shows the daemon with that status, as the host does."""
        self.browser.wait(f"{name} shown {status}",
                          f"""document.querySelector('{self.row(name, ".pill")}')?.innerText === '{status}'""", limit)

    def until(self, what, look):
        return wait(what, look)
