"""An independent WebSocket client (Debian's python3-websockets) that does what clients do, and what they must not.

usage: websocket_peer.py PORT        prints a line for each case: its name, and `ok` or what went wrong
"""

import asyncio
import os
import struct
import sys

import websockets
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

PORT = int(sys.argv[1])
CASES = []


def case(function):
    CASES.append(function)
    return function


def connect(path="/echo", **options):
    options.setdefault("compression", None)
    return websockets.connect(f"ws://127.0.0.1:{PORT}{path}", max_size=None, **options)


async def same(socket, message):
    await socket.send(message)
    answer = await socket.recv()
    assert answer == message, f"{answer!r:.80} came back for {message!r:.80}"


async def closed_with(socket, code):
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 20)
    except ConnectionClosed as closed:
        assert closed.rcvd is not None, f"no close frame, {code} was expected"
        assert closed.rcvd.code == code, f"closed with {closed.rcvd.code}, {code} was expected"


async def refused(data, code):
    """Sends bytes past the library, which would not send them."""
    async with connect() as socket:
        await same(socket, "before")
        socket.transport.write(data)
        await closed_with(socket, code)


def frame(opcode, payload=b"", fin=True, reserved=0, masked=True, length=None):
    length = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | reserved | opcode])
    flag = 0x80 if masked else 0
    if length < 126:
        head += bytes([flag | length])
    elif length < 65536:
        head += struct.pack("!BH", flag | 126, length)
    else:
        head += struct.pack("!BQ", flag | 127, length)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


@case
async def messages_of_every_length():
    async with connect() as socket:
        for length in [0, 1, 125, 126, 127, 65535, 65536]:
            await same(socket, os.urandom(length))
            await same(socket, "x" * length)
        await same(socket, "Grüße, κόσμε, 漢字, 😀")


@case
async def fragments():
    async with connect() as socket:
        await socket.send(["Hel", "lo, ", "wor", "ld"])
        assert await socket.recv() == "Hello, world"
        await socket.send([os.urandom(0), b"a", b"", b"b"])
        assert await socket.recv() == b"ab"


@case
async def fragments_with_pings_between():
    async with connect() as socket:
        socket.transport.write(frame(1, "caf".encode(), fin=False))
        pong = await socket.ping()
        await pong
        socket.transport.write(frame(0, b"\xc3", fin=False))
        await socket.ping()
        socket.transport.write(frame(0, b"\xa9"))
        assert await socket.recv() == "café"


@case
async def one_byte_at_a_time():
    async with connect() as socket:
        for byte in frame(1, "slowly".encode()):
            socket.transport.write(bytes([byte]))
            await asyncio.sleep(0.001)
        assert await socket.recv() == "slowly"


@case
async def pings_and_pongs():
    async with connect() as socket:
        for payload in [b"", b"x" * 125]:
            await asyncio.wait_for(await socket.ping(payload), 20)
        await socket.pong(b"unasked")
        await same(socket, "still here")


@case
async def oversized():
    async with connect() as socket:
        await socket.send(b"x" * 65537)
        await closed_with(socket, 1009)


@case
async def oversized_in_fragments():
    async with connect() as socket:
        await socket.send([b"x" * 40000, b"y" * 25537])
        await closed_with(socket, 1009)


@case
async def invalid_utf8():
    for text in [b"\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc3", b"ok\xc0\xaf"]:
        await refused(frame(1, text), 1007)


@case
async def invalid_utf8_before_the_end():
    await refused(frame(1, b"ok \xff", fin=False), 1007)


@case
async def no_mask():
    await refused(frame(1, b"x", masked=False), 1002)


@case
async def reserved_bits_and_opcodes():
    for bits in [0x10, 0x20, 0x40]:
        await refused(frame(1, b"x", reserved=bits), 1002)
    for opcode in [3, 7, 11, 15]:
        await refused(frame(opcode, b"x"), 1002)


@case
async def wrong_fragments():
    await refused(frame(0, b"x"), 1002)
    await refused(frame(1, b"x", fin=False) + frame(1, b"x"), 1002)
    await refused(frame(9, b"x", fin=False), 1002)
    await refused(frame(9, b"x" * 126), 1002)


@case
async def bad_close_codes():
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535]:
        await refused(frame(8, struct.pack("!H", code)), 1002)
    await refused(frame(8, b"\x03"), 1002)
    await refused(frame(8, struct.pack("!H", 1000) + b"\xff"), 1007)


@case
async def good_close_codes():
    for code in [1000, 1001, 1003, 1007, 1011, 3000, 4999]:
        async with connect() as socket:
            await socket.close(code, "bye")
            assert socket.close_code == code, f"{socket.close_code} for {code}"


@case
async def closed_by_the_server():
    async with connect("/close") as socket:
        await socket.send("please")
        await closed_with(socket, 4001)
        assert socket.close_reason == "as you wish"


@case
async def a_subprotocol():
    async with connect(subprotocols=["other", "switchyard.v1"]) as socket:
        assert socket.subprotocol == "switchyard.v1"
        await same(socket, "spoken")


@case
async def compressed():
    async with connect("/deflate", compression="deflate") as socket:
        assert [extension.name for extension in socket.extensions] == ["permessage-deflate"]
        extension = socket.extensions[0]
        assert extension.local_no_context_takeover and extension.remote_no_context_takeover
        for length in [0, 1, 300, 4096, 65536]:
            await same(socket, "Grüße " * (length // 8))
            await same(socket, os.urandom(length))
        await socket.send(["many ", "fragments ", "of text " * 100])
        assert await socket.recv() == "many fragments " + "of text " * 100


@case
async def compressed_with_a_small_window():
    for bits in [9, 12, 15]:
        factory = ClientPerMessageDeflateFactory(server_max_window_bits=bits, client_max_window_bits=bits)
        async with connect("/deflate", extensions=[factory]) as socket:
            assert bool(socket.extensions) == (bits >= 12), f"{socket.extensions} for {bits}"
            await same(socket, "".join(f"message {number}, " for number in range(3000)))


@case
async def a_bomb():
    async with connect("/deflate", compression="deflate") as socket:
        await socket.send(b"\0" * (8 << 20))
        await closed_with(socket, 1009)


@case
async def damaged_compression():
    async with connect("/deflate", compression="deflate") as socket:
        socket.transport.write(frame(1, b"\xff\xff\xff", reserved=0x40))
        await closed_with(socket, 1007)


@case
async def compression_that_was_not_negotiated():
    async with connect("/echo", compression="deflate") as socket:
        assert socket.extensions == []
        await same(socket, "plain " * 100)


async def run(function):
    try:
        await asyncio.wait_for(function(), 60)
        return "ok"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


async def main():
    results = await asyncio.gather(*(run(function) for function in CASES))
    for function, result in zip(CASES, results):
        print(f"{function.__name__} {result}")


asyncio.run(main())
