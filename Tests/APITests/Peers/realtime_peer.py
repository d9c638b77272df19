"""An independent WebSocket client (Debian's python3-websockets) at the door of the API.

usage: realtime_peer.py PORT CASE [TOKEN]      prints what happened, a line each
"""

import asyncio
import http.client
import json
import socket
import sys
import urllib.request

import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatusCode

PORT, CASE, TOKEN = int(sys.argv[1]), sys.argv[2], (sys.argv + [""])[3]


def connect(query="", token=None, origin=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return websockets.connect(
        f"ws://127.0.0.1:{PORT}/realtime{query}", extra_headers=headers, subprotocols=["switchyard.v1"], origin=origin)


async def status(query="", token=None, origin=None):
    try:
        async with connect(query, token, origin):
            return 101
    except InvalidStatusCode as refused:
        return refused.status_code


async def code_at_end(socket):
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else "lost"


def ticket():
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/realtime/tickets", method="POST", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["ticket"]


async def talk():
    async with connect(token=TOKEN) as socket:
        print(socket.subprotocol)
        for message in ['{"id":"c1","type":"ping"}', '{"type":"ping"}', '{"id":"c2","type":"fly"}', '{"id":"c3"', '{}']:
            await socket.send(message)
        for _ in range(4):
            answer = json.loads(await socket.recv())
            data = answer["data"]
            print(answer["replyTo"], answer["type"], data.get("code", ""), data.get("status", ""))


async def tickets():
    good = ticket()
    print(await status(f"?ticket={good}"), await status(f"?ticket={good}"), await status("?ticket=invented"))


async def strangers():
    print(await status(), await status(token="nonsense"), await status(f"?token={TOKEN}"))


async def pages():
    for origin in ["https://app.example.org", "https://evil.example", "null", "https://app.example.org.evil.example"]:
        print(await status(f"?ticket={ticket()}", origin=origin))


async def refusals():
    handshake = {
        "Authorization": f"Bearer {TOKEN}", "Connection": "Upgrade", "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    for changes, body in [({"Upgrade": "h2c"}, None), ({"Sec-WebSocket-Key": "short"}, None), ({}, b"frames?")]:
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        connection.request("GET", "/realtime", body=body, headers=handshake | changes)
        answer = connection.getresponse()
        problem = json.load(answer)
        print(answer.status, answer.headers["Content-Type"], problem["code"], answer.headers["Upgrade"])
        assert problem["requestId"] == answer.headers["X-Request-Id"]
    with socket.create_connection(("127.0.0.1", PORT)) as wire:
        wire.sendall(b"GET / HTTP/9.9\r\n\r\n")
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        problem = json.load(answer)
        print(answer.status, answer.headers["Content-Type"], problem["code"])
        assert problem["requestId"] == answer.headers["X-Request-Id"]


async def stay():
    async with connect(token=TOKEN) as socket:
        print(await code_at_end(socket))


async def flood():
    async with connect(token=TOKEN) as socket:
        try:
            for number in range(2000):
                await socket.send('{"type":"ping"}')
        except ConnectionClosed:
            pass
        print(await code_at_end(socket))


async def misbehave():
    for message in [b"\x00\x01", "x" * 70_000]:
        async with connect(token=TOKEN) as socket:
            await socket.send(message)
            print(await code_at_end(socket))


asyncio.run({
    "talk": talk, "tickets": tickets, "strangers": strangers, "pages": pages, "refusals": refusals,
    "stay": stay, "flood": flood, "misbehave": misbehave,
}[CASE]())
