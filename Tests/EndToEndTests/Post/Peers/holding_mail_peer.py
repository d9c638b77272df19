"""A mail server that takes its first message and never says so (unless it is called with --prompt), and answers all others. Prints its port, then the Message-ID of each
message that has come whole.
"""

import asyncio
import email
import sys

count = 0


async def serve(reader, writer):
    global count

    async def say(text):
        writer.write(text.encode() + b"\r\n")
        await writer.drain()

    await say("220 peer ESMTP")
    while line := await reader.readline():
        verb = line.split(b" ")[0].strip().upper()
        if verb == b"DATA":
            await say("354 go on")
            lines = []
            while (line := await reader.readline()) not in (b".\r\n", b""):
                lines.append(line)
            if not line:
                return
            count += 1
            print("mail", email.message_from_bytes(b"".join(lines))["Message-ID"], flush=True)
            if count == 1 and "--prompt" not in sys.argv:
                await asyncio.sleep(3600)
        if verb == b"QUIT":
            await say("221 bye")
            return
        await say("250 ok")


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
