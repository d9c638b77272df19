"""Files over HTTP, as an application sends and fetches them, and what is told of them.

usage: media_flow.py PORT TOKENS FILES    prints a line for each thing that was seen; `kill me` asks that worker-media be killed
"""

import asyncio
import http.client
import json
import socket
import subprocess
import sys

import websockets

PORT = int(sys.argv[1])
PEOPLE = [line.split("\t") for line in open(sys.argv[2]).read().splitlines()]
FILES = sys.argv[3]
PATIENCE = 240


def say(text):
    print(text, flush=True)


class Person:
    def __init__(self, line):
        self.token, self.user, self.group = line
        self.heard = []
        self.news = asyncio.Event()

    def call(self, method, path, body=None, headers=None):
        """Status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
        fields = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if isinstance(body, (dict, list)):
            body, fields = json.dumps(body), {"Content-Type": "application/json", **fields}
        connection.request(method, f"/api/v1{path}", body, fields)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    def json(self, method, path, body=None, headers=None):
        status, _, content = self.call(method, path, body, headers)
        if status >= 400:
            raise SystemExit(f"{method} {path}: {status} {content[:300]}")
        return json.loads(content) if content else None

    def code(self, method, path, body=None, headers=None):
        status, _, content = self.call(method, path, body, headers)
        return f"{status} {json.loads(content)['code']}"

    async def listen(self):
        self.socket = await websockets.connect(
            f"ws://127.0.0.1:{PORT}/api/v1/realtime", extra_headers={"Authorization": f"Bearer {self.token}"},
            subprotocols=["switchyard.v1"], ping_interval=None)

        async def hear():
            async for text in self.socket:
                self.heard.append(json.loads(text))
                self.news.set()
        self.task = asyncio.create_task(hear())

    async def until(self, what, sees):
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            for said in self.heard:
                if sees(said):
                    return said["data"]
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), deadline - asyncio.get_running_loop().time())
            except asyncio.TimeoutError:
                raise SystemExit(f"never heard {what}; last: {self.heard[-5:]}")

    async def ready(self, media):
        return await self.until("media.ready", lambda e: e["type"] == "media.ready" and e["data"]["id"] == media["id"])


def file(name):
    return open(f"{FILES}/{name}", "rb").read()


def form(name, content):
    head = f'--b0undary\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return head + content + b"\r\n--b0undary--\r\n", {"Content-Type": "multipart/form-data; boundary=b0undary"}


async def picture(ada, bob, eve):
    body, headers = form("holiday.jpg", file("harmless/photo.jpg"))
    media = ada.json("POST", "/media", body, headers)
    say(f"sent {media['type']} {media['fileName']} {media['state'] in ('processing', 'ready')}")
    message = ada.json("POST", f"/conversations/{ada.group}/messages", {
        "type": "image", "content": "Look", "attachments": [media["id"]]})
    ready = await ada.ready(media)
    say(f"ready {ready['state']} {ready['width']}x{ready['height']} {len(ready['thumbnails'])} {bool(ready['blurhash'])}")

    def shows(event):
        held = event["data"].get("attachments") or [{}]
        return event["type"].startswith("message.") and held[0].get("id") == media["id"] and held[0]["state"] == "ready"
    told = await bob.until("the picture in the message", shows)
    say(f"told {told['id'] == message['id']} {told['attachments'] == [ready]}")

    content = f"/media/{media['id']}/content"
    status, headers, whole = bob.call("GET", content)
    say(f"content {status} {headers['Content-Type']} {headers['Content-Disposition']} {headers['X-Content-Type-Options']} "
        f"{'sandbox' in headers['Content-Security-Policy']} {len(whole) == ready['bytes']}")
    status, headers, part = bob.call("GET", content, headers={"Range": "bytes=10-19"})
    say(f"part {status} {part == whole[10:20]} {bob.call('GET', content, headers={'If-None-Match': headers['ETag']})[0]} "
        f"{bob.call('GET', content, headers={'Range': 'bytes=99999999-'})[0]}")
    for query in ["", "?format=jpeg"]:
        status, headers, small = bob.call("GET", f"/media/{media['id']}/thumbnails/300{query}")
        say(f"thumbnail {status} {headers['Content-Type']} {len(small) > 100}")
    say(f"stranger {eve.code('GET', content)}, {eve.code('GET', '/media/' + media['id'])}")
    lists = [bob.json("GET", f"/media?conversationId={ada.group}&type=image"), bob.json("GET", "/media")]
    say(f"lists {[len(one['data']) for one in lists]}")


async def document(ada):
    media = ada.json("POST", "/media", b"<script>alert(1)</script>", {
        "Content-Type": "text/html", "Content-Disposition": "attachment; filename*=UTF-8''n%C3%B6te.html"})
    status, headers, _ = ada.call("GET", f"/media/{media['id']}/content")
    say(f"page {status} {media['fileName']} {headers['Content-Type']} {headers['Content-Disposition'].split(';')[0]}")
    broken = ada.json("POST", "/media", file("hostile/cut.jpg"), {"Content-Type": "image/jpeg"})
    refused = await ada.ready(broken)
    say(f"broken {refused['state']} {refused['refusal']} {ada.code('GET', '/media/' + broken['id'] + '/content')}")


def parts(ada):
    content = bytes(range(256)) * 4000
    upload = ada.json("POST", "/media/uploads", {"fileName": "big.bin", "size": len(content)})
    path = f"/media/uploads/{upload['id']}"
    # A connection that breaks off in the middle of a part.
    with socket.create_connection(("127.0.0.1", PORT)) as line:
        head = (f"PATCH /api/v1{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada.token}\r\nUpload-Offset: 0\r\n"
                f"Content-Length: {len(content)}\r\n\r\n")
        line.sendall(head.encode() + content[:300_000])
    received = 0
    while received != 300_000:
        received = ada.json("GET", path)["received"]
    say(f"broken off {ada.code('PATCH', path, content[:10], {'Upload-Offset': '5'})}")
    done = ada.json("PATCH", path, content[received:], {"Upload-Offset": str(received)})
    say(f"whole {done['received'] == len(content)} {ada.call('GET', '/media/' + done['mediaId'] + '/content')[2] == content}")
    say(f"too large {ada.code('POST', '/media/uploads', {'fileName': 'a', 'size': 1 << 40})}, "
        f"{ada.code('POST', '/media/uploads', {'fileName': 'a', 'size': 26 << 20})}, {ada.code('POST', '/media', b'')}")


async def film(ada):
    path = f"{FILES}/long.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30:duration=20",
                    "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", path], check=True)
    media = ada.json("POST", "/media", open(path, "rb"), {"Content-Type": "video/mp4"})
    await ada.until("media.progress", lambda e: e["type"] == "media.progress" and e["data"]["id"] == media["id"])
    say("kill me")
    ready = await ada.ready(media)
    with open(path, "wb") as target:
        target.write(ada.call("GET", f"/media/{media['id']}/content")[2])
    seconds = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of",
                              "csv=p=0", path], check=True, capture_output=True, text=True).stdout.strip()
    say(f"film {ready['state']} {ready['durationMs']} {seconds} frames")


async def story(ada, bob):
    ada.json("POST", "/conversations", {"type": "direct", "memberIds": [bob.user]})
    shown = ada.json("POST", "/stories", {"type": "text", "content": "Hello"})
    heard = await bob.until("story.created", lambda e: e["type"] == "story.created" and e["data"]["id"] == shown["id"])
    bob.call("PUT", f"/stories/{shown['id']}/view")
    groups = bob.json("GET", "/stories")["data"]
    views = ada.json("GET", f"/stories/{shown['id']}")["viewCount"]
    say(f"story {heard['content']} {[group['isSeen'] for group in groups]} {views} {heard['viewCount']}")
    answer = bob.json("POST", f"/stories/{shown['id']}/reply", {"content": "Nice"})
    said = await ada.until("the answer", lambda e: e["type"] == "message.created" and e["data"]["id"] == answer["id"])
    say(f"answer {said['metadata']['storyId'] == shown['id']}")


async def main():
    ada, bob, eve = [Person(line) for line in PEOPLE[:3]]
    for person in [ada, bob]:
        await person.listen()
    await picture(ada, bob, eve)
    await document(ada)
    parts(ada)
    await story(ada, bob)
    await film(ada)


asyncio.run(main())
