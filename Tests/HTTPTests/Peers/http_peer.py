"""A small HTTP/1.1 server that behaves as badly as it is asked to. Prints its port when it listens.

usage: http_peer.py ADDRESS [CERTIFICATE KEY]
"""

import asyncio
import ssl
import sys
from urllib.parse import parse_qs, unquote, urlsplit


class Peer:
    def __init__(self):
        self.connections = 0
        self.requests = 0
        self.active = 0
        self.peak = 0

    async def connected(self, reader, writer):
        self.connections += 1
        number = self.connections
        try:
            while await self.exchange(number, reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def exchange(self, number, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split("\r\n")[0].split(" ")
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.requests += 1
        self.active += 1
        self.peak = max(self.peak, self.active)
        try:
            return await self.answer(number, method, target, head, body, writer)
        finally:
            self.active -= 1

    async def answer(self, number, method, target, head, body, writer):
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        name, _, argument = parts.path[1:].partition("/")
        respond = getattr(self, "do_" + name.replace("-", "_"), None)
        if respond is None:
            return await self.plain(writer, 404, b"no such page")
        return await respond(writer, argument=argument, query=query, number=number, method=method, head=head, body=body)

    async def plain(self, writer, status, body, headers=(), silent=False):
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + (b"" if silent else body))
        await writer.drain()
        return True

    async def do_hello(self, writer, method, **_):
        return await self.plain(
            writer, 200, b"hello", ["X-Test: one", "x-test:  two \t", "X-Empty:"], silent=method == "HEAD")

    async def do_echo(self, writer, head, body, **_):
        return await self.plain(writer, 200, head.encode("latin-1") + body)

    async def do_status(self, writer, argument, **_):
        return await self.plain(writer, int(argument), b"status " + argument.encode())

    async def do_size(self, writer, argument, method, **_):
        return await self.plain(writer, 200, bytes(range(256)) * (int(argument) // 256), silent=method == "HEAD")

    async def do_chunked(self, writer, **_):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (b"one ", b"two ", b"three"):
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        return True

    async def do_endless(self, writer, **_):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
            await writer.drain()

    async def do_endless_headers(self, writer, **_):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: " + b"x" * 1000 + b"\r\n")
            await writer.drain()

    async def do_slow_head(self, writer, **_):
        await asyncio.sleep(3600)

    async def do_slow_body(self, writer, **_):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
        await asyncio.sleep(3600)

    async def do_trickle(self, writer, argument, **_):
        """A byte every 50 ms: slow, but never idle."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % int(argument))
        for _ in range(int(argument)):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)
        return True

    async def do_cut(self, writer, **_):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789")
        return False

    async def do_hang_up(self, writer, **_):
        return False

    async def do_garbage(self, writer, **_):
        writer.write(b"220 this is no web server\r\n")
        return False

    async def do_continue(self, writer, **_):
        writer.write(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n")
        return await self.plain(writer, 200, b"late")

    async def do_redirect(self, writer, argument, query, **_):
        return await self.plain(writer, int(argument), b"elsewhere", ["Location: " + unquote(query["to"])])

    async def do_loop(self, writer, argument, **_):
        return await self.plain(writer, 302, b"", [f"Location: /loop/{int(argument) + 1}"])

    async def do_wait(self, writer, argument, **_):
        await asyncio.sleep(int(argument) / 1000)
        return await self.plain(writer, 200, b"waited")

    async def do_connection(self, writer, number, **_):
        return await self.plain(writer, 200, str(number).encode())

    async def do_peak(self, writer, **_):
        return await self.plain(writer, 200, str(self.peak).encode())

    async def do_active(self, writer, **_):
        return await self.plain(writer, 200, str(self.active).encode())

    async def do_requests(self, writer, **_):
        return await self.plain(writer, 200, str(self.requests).encode())


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    server = await asyncio.start_server(Peer().connected, sys.argv[1], 0, ssl=context, backlog=1024)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
