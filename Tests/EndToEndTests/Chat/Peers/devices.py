"""Devices as they should be written: each keeps what it may see by the rules of docs/realtime.md, and nothing else.

A device listens on a socket, applies events in the order of their revs, asks for changes where there is a hole, and syncs by
its cursor whenever it has been away or is told to.
"""

import asyncio
import json
import random

import websockets


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


class Platform:
    """The api processes; any of them will do."""

    def __init__(self, ports, seed):
        self.ports = ports
        self.random = random.Random(seed)

    def port(self):
        return self.random.choice(self.ports)


class Connection:
    """One keep-alive HTTP connection at a time, to some api process; begun anew elsewhere when it breaks."""

    def __init__(self, platform, token):
        self.platform, self.token = platform, token
        self.reader = self.writer = None
        self.lock = asyncio.Lock()

    async def call(self, method, path, body=None, patience=180):
        """The answer's JSON. What was cut off is asked again: everything asked here may be repeated."""
        deadline = asyncio.get_running_loop().time() + patience
        async with self.lock:
            while True:
                try:
                    status, data = await self.once(method, path, body)
                except (OSError, asyncio.IncompleteReadError, ValueError, IndexError):
                    self.close()
                    status, data = 503, b"cut off"
                if status in (429, 503):
                    if asyncio.get_running_loop().time() > deadline:
                        raise Refused(status, data)
                    await asyncio.sleep(0.05 + self.platform.random.random() * 0.2)
                    continue
                if status >= 400:
                    raise Refused(status, data)
                return json.loads(data) if data else None

    async def once(self, method, path, body):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.platform.port())
        payload = json.dumps(body).encode() if body is not None else b""
        head = f"{method} /api/v1{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n"
        self.writer.write(head.encode() + b"\r\n" + payload)
        status = int((await self.reader.readline()).split()[1])
        length = 0
        while (line := await self.reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, await self.reader.readexactly(length)

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def keep(known, message):
    """What was asked for may arrive after a later event: the higher rev stays."""
    present = known["messages"].get(message["id"])
    if present is None or present["rev"] <= message["rev"]:
        known["messages"][message["id"]] = message


class Device:
    def __init__(self, platform, user, token):
        self.platform, self.user, self.token = platform, user, token
        self.http = Connection(platform, token)
        self.conversations = {}  # id -> {"rev": watermark, "messages": {id: message}}
        self.cursor = None
        self.socket = None
        self.is_away = False
        self.work = asyncio.Queue()
        self.queued = set()
        self.replies = {}
        self.faults = []
        self.sent_ids = 0
        self.events = 0
        self.last_rev = {}

    # Life

    async def run(self):
        worker = asyncio.create_task(self.do_work())
        try:
            while True:
                try:
                    await self.listen()
                except (OSError, websockets.exceptions.WebSocketException, asyncio.TimeoutError):
                    pass
                self.socket = None
                self.last_rev = {}
                for waiting in self.replies.values():
                    if not waiting.done():
                        waiting.set_exception(ConnectionError("the socket is gone"))
                        waiting.exception()
                self.replies = {}
                await asyncio.sleep(0.05 + self.platform.random.random() * 0.2)
        finally:
            worker.cancel()
            self.http.close()

    async def listen(self):
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"ws://127.0.0.1:{self.platform.port()}/api/v1/realtime"
        async with websockets.connect(
            url, extra_headers=headers, subprotocols=["switchyard.v1"], compression=None, ping_interval=None,
            open_timeout=90, close_timeout=1, max_queue=None,
        ) as socket:
            self.socket = socket
            self.plan(("sync",))
            async for text in socket:
                self.take(json.loads(text))

    async def leave(self):
        """Goes away without a word, and comes back by itself."""
        if self.socket is not None:
            self.socket.transport.abort()

    # What is heard

    def take(self, said):
        if "replyTo" in said:
            waiting = self.replies.pop(said["replyTo"], None)
            if waiting is not None and not waiting.done():
                if said["type"] == "ok":
                    waiting.set_result(said["data"])
                else:
                    waiting.set_exception(Refused(said["data"]["status"], said["data"]))
            return
        kind, data = said["type"], said["data"]
        self.events += 1
        if kind == "sync.required":
            self.plan(("sync",))
        elif kind == "user.changed":
            self.plan(("sync",))
        elif kind == "heads":
            for conversation, rev in data.items():
                known = self.conversations.get(conversation)
                if known is None or known["rev"] < rev:
                    self.plan(("changes", conversation))
        elif "rev" in data:
            self.apply(kind, data)

    def apply(self, kind, data):
        conversation, rev = data["conversationId"], data["rev"]
        if rev <= self.last_rev.get(conversation, 0):
            self.faults.append(f"{self.user}: rev {rev} after {self.last_rev[conversation]} in {conversation}")
        self.last_rev[conversation] = rev
        known = self.conversations.get(conversation)
        if known is None or ("changes", conversation) in self.queued or rev > known["rev"] + 1:
            return self.plan(("changes", conversation))
        if rev <= known["rev"]:
            return
        message = data.get("message", data)
        if kind not in ("rev.advanced", "conversation.updated"):
            keep(known, message)
        known["rev"] = rev

    # What has to be asked

    def plan(self, job):
        if job not in self.queued:
            self.queued.add(job)
            self.work.put_nowait(job)

    async def do_work(self):
        while True:
            job = await self.work.get()
            self.queued.discard(job)
            try:
                await (self.sync() if job[0] == "sync" else self.catch_up(job[1]))
            except Exception as error:
                self.faults.append(f"{self.user}: {job}: {error!r}")

    async def sync(self):
        answer = await self.http.call("GET", "/sync" + (f"?cursor={self.cursor}" if self.cursor else ""))
        if answer["reset"]:
            self.conversations = {}
            for conversation in await self.list():
                await self.load(conversation)
        for change in answer["changes"]:
            if change["subject"] in ("conversation", "hidden_messages"):
                await self.load(change["subjectId"])
            elif change["subject"] == "blocks":
                for conversation in list(self.conversations):
                    await self.load(conversation)
        for head in answer["conversations"]:
            known = self.conversations.get(head["conversationId"])
            if known is None:
                await self.load(head["conversationId"])
            elif known["rev"] < head["rev"]:
                await self.catch_up(head["conversationId"])
        self.cursor = answer["cursor"]

    async def list(self):
        found, cursor = [], None
        while True:
            page = await self.http.call("GET", "/conversations?limit=100" + (f"&cursor={cursor}" if cursor else ""))
            found += [conversation["id"] for conversation in page["data"]]
            cursor = page.get("nextCursor")
            if not cursor:
                return found

    async def load(self, conversation):
        """Everything anew: where it stands first, so that what comes meanwhile is asked for again."""
        try:
            rev = (await self.http.call("GET", f"/conversations/{conversation}"))["rev"]
            messages, before = {}, None
            while True:
                page = await self.http.call(
                    "GET", f"/conversations/{conversation}/messages?limit=100" + (f"&before={before}" if before else ""))
                for message in page["data"]:
                    messages[message["id"]] = message
                if len(page["data"]) < 100:
                    break
                before = page["data"][-1]["seq"]
            self.conversations[conversation] = {"rev": rev, "messages": messages}
            await self.catch_up(conversation)
        except Refused as refused:
            if refused.status != 404:
                raise
            self.conversations.pop(conversation, None)

    async def catch_up(self, conversation):
        known = self.conversations.get(conversation)
        if known is None:
            return await self.load(conversation)
        try:
            while True:
                answer = await self.http.call(
                    "GET", f"/conversations/{conversation}/changes?sinceRev={known['rev']}&limit=100")
                if answer["reset"]:
                    return await self.load(conversation)
                for message in answer["messages"]:
                    keep(known, message)
                known["rev"] = max(known["rev"], answer["throughRev"])
                if not answer["hasMore"]:
                    return
        except Refused as refused:
            if refused.status != 404:
                raise
            self.conversations.pop(conversation, None)

    # What it does

    async def send(self, conversation, text, client_id):
        """Over the socket where there is one. A message that was cut off is sent again under its id."""
        while True:
            try:
                if self.socket is not None and self.platform.random.random() < 0.5:
                    self.sent_ids += 1
                    answer = asyncio.get_running_loop().create_future()
                    self.replies[str(self.sent_ids)] = answer
                    await self.socket.send(json.dumps({
                        "id": str(self.sent_ids), "type": "message.send",
                        "data": {"conversationId": conversation, "content": text, "clientId": client_id}}))
                    return await asyncio.wait_for(answer, 180)
                return await self.http.call(
                    "POST", f"/conversations/{conversation}/messages", {"content": text, "clientId": client_id})
            except Refused as refused:
                if refused.status not in (429, 503):
                    raise
                await asyncio.sleep(0.1)
            except (OSError, websockets.exceptions.WebSocketException, asyncio.TimeoutError):
                await asyncio.sleep(0.05)

    # What it shows

    def view(self):
        return {
            conversation: {
                message["id"]: (message["seq"], message["rev"], message["content"], message["deletedAt"] is not None)
                for message in known["messages"].values()
            }
            for conversation, known in self.conversations.items()
        }
