"""Firefox, and the push service that it asks: a page subscribes, and its service worker passes on what was pushed to it. Prints what
happens, a line each: `subscription {…}`, `ack <code>` (100: the browser has decrypted it), `received <text>`.

usage: browser_push.py FOLDER APPLICATION-SERVER-KEY
"""

import asyncio
import base64
import json
import os
import sys
import uuid

import websockets

PAGE = """<!DOCTYPE html><title>push</title><script>
const say = (path, text) => fetch(path, {method: "POST", body: text});
(async () => {
  try {
    await navigator.serviceWorker.register("/worker.js");
    const worker = await navigator.serviceWorker.ready;
    // A fresh profile does not listen at once.
    for (let attempt = 0; attempt < 30; attempt++) {
      await new Promise(resolve => setTimeout(resolve, 3000));
      try {
        const got = await worker.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: "KEY"});
        return say("/subscription", JSON.stringify(got));
      } catch (error) { say("/note", String(error)); }
    }
  } catch (error) { say("/note", String(error)); }
})();
</script>"""
WORKER = """self.addEventListener("push", event => event.waitUntil(
  fetch("/received", {method: "POST", body: event.data.text()})));"""
PREFERENCES = {
    "dom.push.testing.allowInsecureServerURL": True, "dom.push.testing.ignorePermission": True,
    "permissions.default.desktop-notification": 1, "dom.push.enabled": True, "dom.push.connection.enabled": True,
    "browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "app.update.enabled": False, "browser.startup.homepage_override.mstone": "ignore",
}

browser = None
port = None


def say(*words):
    print(*words, flush=True)


async def service(socket, *_):
    """Mozilla's protocol between a browser and its push service."""
    global browser
    async for text in socket:
        message = json.loads(text)
        kind = message.get("messageType")
        if kind == "hello":
            browser = socket
            await socket.send(json.dumps({"messageType": "hello", "uaid": uuid.uuid4().hex, "status": 200,
                                          "use_webpush": True, "broadcasts": {}}))
        elif kind == "register":
            await socket.send(json.dumps({"messageType": "register", "channelID": message["channelID"], "status": 200,
                                          "pushEndpoint": f"http://127.0.0.1:{port}/push/{message['channelID']}"}))
        elif kind == "ack":
            for update in message["updates"]:
                say("ack", update.get("code"))


async def page(reader, writer):
    """The web server, and where pushes come in."""
    method, path, _ = (await reader.readline()).decode().split(" ")
    headers = {}
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    status, kind, answer = 200, "text/plain", ""
    if path == "/":
        kind, answer = "text/html", PAGE.replace("KEY", sys.argv[2])
    elif path == "/worker.js":
        kind, answer = "text/javascript", WORKER
    elif path.startswith("/push/"):
        status = 201
        await browser.send(json.dumps({
            "messageType": "notification", "channelID": path.split("/")[2], "version": uuid.uuid4().hex,
            "data": base64.urlsafe_b64encode(body).decode().rstrip("="),
            "headers": {"encoding": headers["content-encoding"]}}))
    elif method == "POST":
        say(path[1:], body.decode())
    else:
        status = 404
    writer.write(f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {len(answer.encode())}\r\n"
                 f"Connection: close\r\n\r\n{answer}".encode())
    await writer.drain()
    writer.close()


async def main():
    global port
    sockets = await websockets.serve(service, "127.0.0.1", 0)
    pages = await asyncio.start_server(page, "127.0.0.1", 0)
    port = pages.sockets[0].getsockname()[1]
    preferences = dict(PREFERENCES, **{"dom.push.serverURL": f"ws://127.0.0.1:{sockets.sockets[0].getsockname()[1]}/"})
    profile = os.path.join(sys.argv[1], "profile")
    os.makedirs(profile)
    with open(os.path.join(profile, "user.js"), "w") as file:
        for name, value in preferences.items():
            file.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
    firefox = await asyncio.create_subprocess_exec(
        "firefox-esr", "--headless", "--no-remote", "--profile", profile, f"http://localhost:{port}/",
        env=dict(os.environ, HOME=sys.argv[1], MOZ_CRASHREPORTER_DISABLE="1"),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
    try:
        await firefox.wait()
    finally:
        if firefox.returncode is None:
            firefox.kill()


asyncio.run(main())
