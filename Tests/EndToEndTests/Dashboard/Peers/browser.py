"""Chromium without a window, driven by its DevTools protocol."""

import asyncio
import base64
import json
import os
import subprocess
import tempfile
import urllib.request

import websockets


class Browser:
    """One page of one browser, with a profile of its own."""

    async def __aenter__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
             "--remote-allow-origins=*", f"--user-data-dir={self.folder.name}", "--window-size=1440,900", "about:blank"],
            env=dict(os.environ, HOME=self.folder.name), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.number, self.answers, self.complaints, self.requests = 0, {}, [], []
        port = await self._until(self._port, 120, "Chromium listens")
        pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        address = next(page for page in pages if page["type"] == "page")["webSocketDebuggerUrl"]
        self.socket = await websockets.connect(address, max_size=1 << 27)
        self.reader = asyncio.create_task(self._read())
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        return self

    async def __aexit__(self, *_):
        self.reader.cancel()
        await self.socket.close()
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def _port(self):
        try:
            with open(os.path.join(self.folder.name, "DevToolsActivePort")) as file:
                return file.readline().strip() or None
        except FileNotFoundError:
            return None

    async def _until(self, ask, seconds, what):
        for _ in range(int(seconds * 10)):
            if answer := ask():
                return answer
            await asyncio.sleep(0.1)
        raise AssertionError(f"never: {what}")

    async def _read(self):
        async for text in self.socket:
            message = json.loads(text)
            if "id" in message:
                self.answers.pop(message["id"]).set_result(message)
            elif message["method"] == "Runtime.exceptionThrown":
                self.complaints.append(message["params"]["exceptionDetails"].get("exception", {}).get("description", "?"))
            elif message["method"] == "Log.entryAdded" and message["params"]["entry"]["source"] == "security":
                self.complaints.append(message["params"]["entry"]["text"])
            elif message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])

    async def call(self, method, **parameters):
        self.number += 1
        future = self.answers[self.number] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        message = await asyncio.wait_for(future, 120)
        if "error" in message:
            raise AssertionError(f"{method}: {message['error']}")
        return message["result"]

    # What a person does

    async def js(self, expression):
        answer = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    async def until(self, expression, what, seconds=180):
        """Waits until an expression is true, and answers it."""
        for _ in range(int(seconds * 10)):
            try:
                # An element comes as an empty object.
                if (value := await self.js(expression)) not in (None, False, 0, ""):
                    return value
            except AssertionError:
                pass
            await asyncio.sleep(0.1)
        shown = await self.js("document.body.innerText.slice(0, 2000)")
        raise AssertionError(f"never: {what}\n--- shown:\n{shown}\n--- complaints: {self.complaints}")

    async def open(self, address):
        await self.call("Page.navigate", url=address)

    async def go(self, path):
        await self.js(f"location.hash = {json.dumps('#/' + path)}")

    async def fill(self, selector, text):
        await self.until(f"document.querySelector({json.dumps(selector)})", f"{selector} is there")
        await self.js(f"""(() => {{ const field = document.querySelector({json.dumps(selector)});
            field.focus(); field.value = {json.dumps(text)}; field.dispatchEvent(new Event('input', {{bubbles: true}}));
            field.dispatchEvent(new Event('change', {{bubbles: true}})) }})()""")

    async def press(self, selector):
        await self.until(f"document.querySelector({json.dumps(selector)})", f"{selector} is there")
        await self.js(f"document.querySelector({json.dumps(selector)}).click()")

    async def button(self, text, within="body"):
        """Presses the button with that text."""
        find = f"[...document.querySelectorAll({json.dumps(within + ' button')})].find(b => b.textContent.trim() === {json.dumps(text)})"
        await self.until(f"!!{find}", f"the button {text}")
        await self.js(f"{find}.click()")

    async def key(self, key):
        codes = {"Escape": 27, "Enter": 13}
        code = {"windowsVirtualKeyCode": codes[key]} if key in codes else {"text": key}
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **code)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **({} if "text" in code else code))

    async def size(self, width, height):
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    async def theme(self, name):
        await self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    async def picture(self, path):
        data = (await self.call("Page.captureScreenshot"))["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


# Everything that has to be readable is: a name for what can be pressed or filled in, and contrast of 4.5 : 1 (3 : 1 for
# large text) between text and what lies behind it.
AUDIT = r"""(() => {
  const faults = [];
  const visible = element => { const box = element.getBoundingClientRect(); const style = getComputedStyle(element);
    return box.width > 0 && box.height > 0 && style.visibility !== 'hidden' && style.clipPath === 'none'; };
  const where = element => element.outerHTML.slice(0, 120);
  const name = element => (element.getAttribute('aria-label') || element.textContent || element.title || '').trim()
    || [...(element.labels ?? [])].map(label => label.textContent).join('').trim();
  for (const element of document.querySelectorAll('button, a[href], input, select, [role=progressbar], svg[role=img], dialog')) {
    if (visible(element) && !name(element) && !element.getAttribute('aria-labelledby')) faults.push('no name: ' + where(element));
  }
  for (const image of document.querySelectorAll('img')) if (!image.hasAttribute('alt')) faults.push('no alt: ' + where(image));
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  for (const id of new Set(ids)) if (ids.filter(other => other === id).length > 1) faults.push('twice: #' + id);
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  if (!document.querySelector('main')) faults.push('no main');
  if (!document.documentElement.lang) faults.push('no language');
  const numbers = text => (text.match(/[\d.]+/g) ?? []).map(Number);
  const over = (top, ground) => { const a = top[3] ?? 1; return [0, 1, 2].map(i => top[i] * a + ground[i] * (1 - a)); };
  const ground = element => {
    const layers = [];
    for (let part = element; part; part = part.parentElement) {
      const colour = numbers(getComputedStyle(part).backgroundColor);
      if (colour.length && (colour[3] ?? 1) > 0) { layers.push(colour); if ((colour[3] ?? 1) === 1) break; }
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const light = colour => { const [r, g, b] = colour.map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || seen.has(element) || !visible(element) || element.closest('.sr, script, noscript')) continue;
    seen.add(element);
    const style = getComputedStyle(element);
    const behind = ground(element);
    const text = over(numbers(element.closest('svg') ? style.fill : style.color), behind);
    const [high, low] = [light(text), light(behind)].sort((one, other) => other - one);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700 ? 3 : 4.5;
    const ratio = (high + .05) / (low + .05);
    if (ratio < needed && !element.closest('button:disabled')) faults.push(`contrast ${ratio.toFixed(2)}: ${where(element)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) faults.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  return faults;
})()"""
