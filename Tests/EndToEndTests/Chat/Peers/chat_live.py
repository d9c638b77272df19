"""What is told while it is news: typing, receipts, presence, one's own changes, new conversations.

usage: chat_live.py PORT,PORT TOKENS      prints a line for each thing that was seen; `kill me` asks that the second api be killed
"""

import asyncio
import json
import sys
from datetime import datetime, timedelta, timezone

import websockets

from devices import Connection, Platform

PORTS = [int(port) for port in sys.argv[1].split(",")]
PEOPLE = [line.split("\t") for line in open(sys.argv[2]).read().splitlines()]


def say(text):
    print(text, flush=True)


class Ear:
    """A socket that remembers what it heard."""

    def __init__(self, name, port, person):
        self.name, self.port = name, port
        self.token, self.user, self.group = person
        self.heard = []
        self.news = asyncio.Event()
        self.http = Connection(Platform([PORTS[0]], 1), self.token)
        self.number = 0

    async def open(self):
        self.socket = await websockets.connect(
            f"ws://127.0.0.1:{self.port}/api/v1/realtime", extra_headers={"Authorization": f"Bearer {self.token}"},
            subprotocols=["switchyard.v1"], ping_interval=None)
        self.task = asyncio.create_task(self.listen())
        return self

    async def listen(self):
        try:
            async for text in self.socket:
                self.heard.append(json.loads(text))
                self.news.set()
        except websockets.exceptions.WebSocketException:
            pass

    async def until(self, what, sees):
        """Waits until something is heard for which `sees` is true, and answers it."""
        deadline = asyncio.get_running_loop().time() + 180
        while True:
            for said in self.heard:
                if sees(said):
                    return said
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), deadline - asyncio.get_running_loop().time())
            except asyncio.TimeoutError:
                raise SystemExit(f"{self.name} never heard {what}; last: {self.heard[-5:]}")

    async def event(self, kind, /, **members):
        found = await self.until(
            kind, lambda said: said["type"] == kind and all(said["data"].get(k) == v for k, v in members.items()))
        return found["data"]

    async def ask(self, kind, **data):
        self.number += 1
        number = str(self.number)
        await self.socket.send(json.dumps({"id": number, "type": kind, "data": data}))
        reply = await self.until(f"the answer to {kind}", lambda said: said.get("replyTo") == number)
        return reply

    def kinds(self, kind):
        return [said["data"] for said in self.heard if said["type"] == kind]


async def main():
    group = PEOPLE[0][2]
    ada = await Ear("ada", PORTS[0], PEOPLE[0]).open()
    bob = await Ear("bob", PORTS[1], PEOPLE[1]).open()
    eve = await Ear("eve", PORTS[0], PEOPLE[2]).open()

    sent = (await ada.ask("message.send", conversationId=group, content="hello"))["data"]
    seen = await bob.event("message.created", id=sent["id"])
    say(f"message {sent['seq'] == seen['seq'] and seen['content']}")
    say(f"own copy {(await ada.event('message.created', id=sent['id']))['rev'] == seen['rev']}")

    await bob.ask("typing.start", conversationId=group)
    typing = await ada.event("typing.started", conversationId=group, userId=bob.user)
    await bob.ask("typing.stop", conversationId=group)
    await ada.event("typing.stopped", conversationId=group, userId=bob.user)
    say(f"typing {typing['expiresIn']}, to oneself {len(bob.kinds('typing.started'))}")
    say(f"typing elsewhere {(await bob.ask('typing.start', conversationId='nonsense'))['data']['code']}")

    await eve.http.call("PUT", "/users/me/settings", {"readReceipts": False})
    await eve.ask("receipt.read", conversationId=group, seq=sent["seq"])
    await bob.ask("receipt.delivered", conversationId=group, seq=sent["seq"])
    await bob.ask("receipt.read", conversationId=group, seq=99)
    read = await ada.event("receipt.updated", userId=bob.user, readSeq=sent["seq"])
    say(f"receipt {read['deliveredSeq'] == sent['seq']}, hidden {len([r for r in ada.kinds('receipt.updated') if r['userId'] == eve.user])}")

    await bob.http.call("PUT", f"/messages/{sent['id']}/reactions/%F0%9F%91%8D")
    reaction = await ada.event("reaction.added", userId=bob.user)
    say(f"reaction {reaction['emoji']} {reaction['message']['reactions'][0]['count']}")
    told = await ada.event("notification.created", kind="reaction", messageId=sent["id"])
    say(f"notification {told['actorId'] == bob.user}, to others {len(bob.kinds('notification.created'))}")
    place = (await ada.ask("message.send", conversationId=group, type="live_location", metadata={
        "latitude": 50, "longitude": 8, "seconds": 600}))["data"]
    await ada.ask("location.update", messageId=place["id"], latitude=50.5, longitude=8)
    moved = await bob.event("location.updated", messageId=place["id"])
    say(f"place {moved['latitude']}, of others {(await bob.ask('location.update', messageId=place['id'], latitude=1, longitude=1))['data']['code']}")
    later = (datetime.now(timezone.utc) + timedelta(seconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    await ada.ask("message.send", conversationId=group, content="later", sendAt=later, expiresIn=5)
    due = await bob.event("message.created", content="later")
    gone = await eve.event("message.deleted", id=due["id"])
    say(f"later {due['senderId'] == ada.user}, over {gone['content'] == '' and gone['rev'] > due['rev']}")
    await ada.http.call("PATCH", f"/conversations/{group}", {"title": "Another"})
    say(f"title {(await bob.event('conversation.updated'))['title']}")

    direct = await ada.http.call("POST", "/conversations", {"type": "direct", "memberIds": [bob.user]})
    say(f"opened {(await bob.event('conversation.created', conversationId=direct['id']))['type']}")
    await ada.http.call("PUT", f"/conversations/{group}/mute", {})
    changed = await ada.event("user.changed", subjectId=group, subject="conversation")
    say(f"own change {changed['urev'] > 0}, to others {len([c for c in bob.kinds('user.changed') if c['subject'] == 'conversation'])}")

    await ada.ask("presence.set", availability="away")
    await bob.event("presence.changed", userId=ada.user, availability="away")
    await eve.ask("presence.subscribe", userIds=[ada.user])
    await ada.http.call("PUT", "/users/me/settings", {"lastSeen": "nobody"})
    hidden = [await ear.event("presence.changed", userId=ada.user, availability="offline") for ear in (bob, eve)]
    say(f"hides {[item.get('lastSeenAt') for item in hidden]}")
    await ada.http.call("PUT", "/users/me/settings", {"lastSeen": "everyone"})
    watch = (await ada.ask("presence.subscribe", userIds=[eve.user, bob.user]))["data"]["data"]
    say("presence " + " ".join(sorted(item["availability"] for item in watch)))
    say("kill me")
    gone = await ada.event("presence.changed", userId=bob.user, availability="offline")
    say(f"gone {gone['lastSeenAt'] is not None}")


asyncio.run(main())
