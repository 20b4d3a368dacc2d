"""A project in a folder of its own with the real host at work on it."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile

from browser import wait

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("LUNAD", os.path.join(ROOT, ".build", "debug", "lunad"))
PICTURES = os.path.join(ROOT, ".build", "pictures")


def free_port():
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Project:
    """Scripts by name, jobs by name; the folder and the host go with `close`."""

    def __init__(self, scripts, jobs=None):
        self.folder = tempfile.mkdtemp(prefix="lunad-page-")
        self.port = free_port()
        self.process = None
        os.makedirs(os.path.join(self.folder, "scripts", "jobs"))
        for name, text in scripts.items():
            self.script(name, text)
        for name, text in (jobs or {}).items():
            self.script(f"jobs/{name}", text)

    def script(self, name, text):
        """Makes or replaces a script in one step, as an editor does."""
        path = os.path.join(self.folder, "scripts", f"{name}.lua")
        with open(path + "~", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(path + "~", path)

    def start(self):
        self.output = open(os.path.join(self.folder, "host.log"), "ab")
        self.process = subprocess.Popen(
            [BINARY, "run", self.folder, "--json", "--http", f"127.0.0.1:{self.port}"],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)
        wait("the host's port", self._answers)
        return self

    def _answers(self):
        if self.process.poll() is not None:
            with open(os.path.join(self.folder, "host.log"), encoding="utf-8") as file:
                raise RuntimeError(f"the host ended: {file.read()[-2000:]}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, number=signal.SIGTERM):
        """Ends the host and waits for its end."""
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(40)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process = None
            self.output.close()

    def close(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def token(self):
        return self.command("token")["token"]

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/"

    def log(self, daemon, after, last):
        """The ids of a daemon's log lines after one of them and up to another, as the database has them."""
        database = sqlite3.connect(f"file:{self.folder}/var/lunad.db?mode=ro", uri=True)
        try:
            return [each[0] for each in database.execute(
                "SELECT id FROM daemon_logs WHERE daemon = ? AND id > ? AND id <= ? ORDER BY id",
                (daemon, after, last))]
        finally:
            database.close()

    def command(self, *words):
        """What a command on this project says, as JSON."""
        done = subprocess.run(
            [BINARY, "--dir", self.folder, "--json", *words], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"lunad {' '.join(words)}: {done.stderr}")
        return json.loads(done.stdout)

    def daemon(self, name):
        """A daemon as `status` shows it."""
        found = [each for each in self.command("status") if each["name"] == name]
        return found[0] if found else None
