"""Many devices that write, edit, delete, react, block, remove and come back, while their servers are killed. At the end each
must hold what the database says that its person may see: whole, once, and nothing more.

usage: chat_world.py DATABASE_URL PORTS TOKENS MESSAGES SEED [FILE]

Prints `sent N` as it goes, `sent all`, and then `whole`, or what is wrong. With a FILE it waits until that is there, sends a
few more and says `burst sent`, and tells once more what has become of them.
"""

import asyncio
import json
import os
import random
import subprocess
import sys

from devices import Device, Platform, Refused

DATABASE, PORTS, TOKENS, MESSAGES, SEED = sys.argv[1:6]
SIGNAL = (sys.argv + [None])[6]


def say(text):
    print(text, flush=True)


def ask(sql):
    done = subprocess.run(["psql", "-XAtq", DATABASE, "-c", sql], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip() or "null") or []


def truth():
    """What each person may see, from the tables themselves."""
    rows = ask("""
        select json_agg(json_build_array(p.user_id, n.conversation_id, n.id, n.seq, n.rev, n.content, n.deleted_at is not null))
        from member_periods p
        join members m using (conversation_id, user_id)
        join messages n on n.conversation_id = p.conversation_id and n.seq >= p.from_seq
            and (p.to_seq is null or n.seq <= p.to_seq)
        where m.left_at is null and n.withheld_from is distinct from p.user_id
            and not exists (select from blocks b where b.blocker_id = p.user_id and b.blocked_id = n.sender_id)
            and not exists (select from hidden_messages h where h.conversation_id = n.conversation_id
                and h.user_id = p.user_id and h.message_id = n.id)""")
    members = ask("select json_agg(json_build_array(user_id, conversation_id)) from members where left_at is null")
    views = {}
    for user, conversation in members:
        views.setdefault(user, {})[conversation] = {}
    for user, conversation, message, seq, rev, content, is_deleted in rows:
        views[user][conversation][message] = (seq, rev, content, is_deleted)
    return views


def difference(device, view):
    """In a few words; None where there is none."""
    own = device.view()
    if own.keys() != view.keys():
        return f"{device.user}: has conversations {sorted(own.keys() ^ view.keys())} too many or too few"
    for conversation in view:
        missing = view[conversation].keys() - own[conversation].keys()
        extra = own[conversation].keys() - view[conversation].keys()
        other = [m for m in view[conversation] if m in own[conversation] and own[conversation][m] != view[conversation][m]]
        if missing or extra or other:
            example = next(iter(missing or extra or other))
            return (f"{device.user} in {conversation} (rev {device.conversations[conversation]['rev']}): {len(missing)} missing, "
                    f"{len(extra)} too many, {len(other)} differ: {example}: {own[conversation].get(example)} "
                    f"for {view[conversation].get(example)}")
    return None


async def until_whole(devices, seconds):
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        views = await loop.run_in_executor(None, truth)
        wrong = [text for text in (difference(device, views.get(device.user, {})) for device in devices) if text]
        faults = [fault for device in devices for fault in device.faults]
        if faults:
            return say("fault: " + "; ".join(faults[:3]))
        if not wrong:
            return say("whole")
        if loop.time() > deadline:
            return say(f"{len(wrong)} devices are not whole: " + "; ".join(wrong[:3]))
        await asyncio.sleep(0.3)


class World:
    def __init__(self, platform, people, seed):
        self.platform = platform
        self.random = random.Random(seed)
        self.devices = [Device(platform, user, token) for token, user, _ in people]
        self.groups = {}
        for device, (_, _, group) in zip(self.devices, people):
            self.groups.setdefault(group, []).append(device)
        self.names = list(self.groups)
        self.sent = 0
        self.refused = 0
        self.total = int(MESSAGES)
        self.recent = {group: [] for group in self.groups}

    async def writer(self, number):
        while self.sent < self.total:
            self.sent += 1
            if self.sent % 500 == 0:
                say(f"sent {self.sent}")
            group = self.random.choice(self.names)
            device = self.random.choice(self.groups[group])
            try:
                message = await device.send(group, f"message {self.sent}", f"{number}-{self.sent}")
                self.recent[group] = self.recent[group][-20:] + [message["id"]]
                await self.meddle(group, device)
            except Refused as refused:
                # Who was removed writes no more; what was deleted is edited no more.
                if refused.status not in (403, 404, 409, 422):
                    device.faults.append(f"{device.user}: {refused}")
                self.refused += 1

    async def meddle(self, group, device):
        """Now and then somebody does something else."""
        dice = self.random.random()
        message = self.random.choice(self.recent[group])
        other = self.random.choice(self.groups[group])
        if dice < 0.08:
            await device.http.call("PATCH", f"/messages/{self.recent[group][-1]}", {"content": f"edited {dice}"})
        elif dice < 0.12:
            await device.http.call("DELETE", f"/messages/{self.recent[group][-1]}?for=all")
        elif dice < 0.17:
            await device.http.call("DELETE", f"/messages/{message}?for=me")
        elif dice < 0.25:
            await device.http.call("PUT", f"/messages/{message}/reactions/%F0%9F%91%8D")
        elif dice < 0.27 and other is not device:
            await device.http.call("PUT", f"/users/me/blocks/{other.user}")
            await asyncio.sleep(self.random.random())
            await device.http.call("DELETE", f"/users/me/blocks/{other.user}")
        elif dice < 0.28 and other is not self.groups[group][0]:
            admin = self.groups[group][0]
            await admin.http.call("DELETE", f"/conversations/{group}/members/{other.user}")
            await asyncio.sleep(self.random.random())
            await admin.http.call("POST", f"/conversations/{group}/members", {"userIds": [other.user]})
        elif dice < 0.29:
            await device.leave()


async def main():
    people = [line.split("\t") for line in open(TOKENS).read().splitlines()]
    platform = Platform([int(port) for port in PORTS.split(",")], SEED)
    world = World(platform, people, SEED)
    lives = [asyncio.create_task(device.run()) for device in world.devices]
    while not all(device.socket is not None and device.cursor is not None for device in world.devices):
        await asyncio.sleep(0.1)
    say("ready")
    await asyncio.gather(*(world.writer(number) for number in range(40)))
    say("sent all")
    await until_whole(world.devices, 180)
    if SIGNAL:
        while not os.path.exists(SIGNAL):
            await asyncio.sleep(0.05)
        for number in range(200):
            group = world.random.choice(world.names)
            await world.groups[group][0].send(group, f"burst {number}", f"burst-{number}")
        say("burst sent")
        await until_whole(world.devices, 180)
    events = sum(device.events for device in world.devices)
    say(f"{events} events, {world.refused} refusals")
    for life in lives:
        life.cancel()


asyncio.run(main())
