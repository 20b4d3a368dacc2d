"""Drives a real Chromium by its DevTools protocol, over a pipe: messages of JSON that end with a NUL."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PATIENCE = 30  # seconds that a test waits for what must come, on a machine that is busy


class NeverCame(AssertionError):
    """Waited for something that never came."""


def wait(what, look, limit=PATIENCE):
    """Looks until `look` gives something true, and gives that; tells `what` it waited for when it does not in time."""
    deadline = time.monotonic() + limit
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise NeverCame(f"waited {limit} s for this: {what}; there was {found!r}")
        time.sleep(0.05)


class Browser:
    """One headless Chromium with one page and a profile of its own, which goes with it."""

    def __init__(self):
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        if program is None:
            raise RuntimeError("these tests need Debian's package chromium")
        self.profile = tempfile.mkdtemp(prefix="lunad-browser-")
        to_browser, self.requests = os.pipe()
        self.answers, from_browser = os.pipe()
        self.process = subprocess.Popen(
            ["sh", "-c", 'exec "$@" 3<&%d 4>&%d' % (to_browser, from_browser), "sh", program, "--headless",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
             "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "about:blank"],
            pass_fds=[to_browser, from_browser], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.serial, self.session, self.troubles = b"", 0, None, []
        try:
            targets = wait("the browser's first page", lambda: [
                each for each in self.call("Target.getTargets")["targetInfos"] if each["type"] == "page"])
            attached = self.call("Target.attachToTarget", targetId=targets[0]["targetId"], flatten=True)
            self.session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Log"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.requests)
        os.close(self.answers)
        shutil.rmtree(self.profile, ignore_errors=True)

    # The protocol

    def call(self, method, **parameters):
        """Sends one command and waits for its answer; what the page complains of meanwhile is kept in `troubles`."""
        self.serial += 1
        message = {"id": self.serial, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.requests, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._receive(deadline, method)
            if answer.get("id") == self.serial:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._note(answer)

    def _receive(self, deadline, method):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self.answers, 1 << 20) if ready else b""
            if not piece:
                raise NeverCame(f"the browser gave no answer to {method}")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event):
        parameters = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.troubles.append(details.get("exception", {}).get("description") or details["text"])
        elif event.get("method") == "Log.entryAdded":
            entry = parameters["entry"]
            # An answer that says no is the page's to deal with; what the browser itself objects to is not.
            if entry["level"] != "error" or entry["source"] == "network":
                return
            self.troubles.append(f"{entry['text']} {entry.get('url', '')}".strip())

    # The page

    def open(self, address):
        self.call("Page.navigate", url=address)

    def run(self, script):
        """The value of a JavaScript expression, or of the promise that it is."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return result["result"].get("value")

    def wait(self, what, script, limit=PATIENCE):
        """Waits until a JavaScript expression is true, and gives its value."""
        try:
            return wait(what, lambda: self.run(script), limit)
        except NeverCame as never:
            raise NeverCame(f"{never}\nthe page shows: {self.text('body')[:1500]}\ntroubles: {self.troubles}") from None

    def text(self, selector):
        """What a reader sees of an element; an empty text when there is none such."""
        return self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def shows(self, text, selector="main"):
        """Waits until the element shows a text."""
        self.wait(f"'{text}' in {selector}",
                  f"(document.querySelector({json.dumps(selector)})?.innerText ?? '').includes({json.dumps(text)})")

    def _place(self, script, what):
        """The middle of an element that can be pressed, once it is there and nothing lies on it."""
        return self.wait(what, f"""(() => {{
            const element = {script};
            if (!element || element.disabled) return null;
            element.scrollIntoView({{ block: "nearest" }});
            const box = element.getBoundingClientRect();
            const at = [box.left + box.width / 2, box.top + box.height / 2];
            const top = document.elementFromPoint(...at);
            return box.width && top && (element.contains(top) || top.contains(element)) ? at : null;
        }})()""")

    def click(self, selector, text=None):
        """Presses an element with the pointer: the first that fits the selector and, if given, has just this text."""
        script = f"[...document.querySelectorAll({json.dumps(selector)})].find((each) => each.checkVisibility()" + (
            f" && each.innerText.trim() === {json.dumps(text)})" if text else ")")
        x, y = self._place(script, f"{selector} {text or ''} to press")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def write(self, selector, text):
        """Replaces what is in a field, as typed."""
        self.click(selector)
        self.run(f"document.querySelector({json.dumps(selector)}).select?.()")
        self.call("Input.insertText", text=text)

    def choose(self, selector, value):
        """Takes a choice of a select."""
        self.run(f"""(() => {{
            const field = document.querySelector({json.dumps(selector)});
            field.value = [...field.options].find((each) => each.text === {json.dumps(value)}).value;
            field.dispatchEvent(new Event("change", {{ bubbles: true }}));
        }})()""")

    def key(self, key, code=0):
        """Presses a key."""
        text = key if len(key) == 1 else "\r" if key == "Enter" else ""
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text, windowsVirtualKeyCode=code)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def look(self, width=1280, height=860, dark=False, is_phone=False):
        """Sets the window's size and the colours that the system has."""
        self.call("Emulation.setDeviceMetricsOverride",
                  width=width, height=height, deviceScaleFactor=1, mobile=is_phone)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}])

    def picture(self, path):
        """Keeps what the window shows as a PNG file."""
        data = self.call("Page.captureScreenshot", format="png")["data"]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
