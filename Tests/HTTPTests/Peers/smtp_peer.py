"""A small mail server whose answers depend on the addresses it is given. Prints its port when it listens, and then each
message it accepted, as JSON.

usage: smtp_peer.py [--starttls CERTIFICATE KEY | --tls CERTIFICATE KEY] [--login USER PASSWORD] [--greeting LINE]
"""

import argparse
import asyncio
import base64
import json
import ssl

REPLIES = {"unknown": "550 5.1.1 no such user", "busy": "451 4.3.0 try again later", "full": "552 mailbox full"}


class Session:
    def __init__(self, reader, writer, options, context, number):
        self.reader, self.writer, self.options, self.context = reader, writer, options, context
        self.number = number
        self.is_encrypted = options.tls is not None
        self.is_known = options.login is None
        self.forget()

    def forget(self):
        self.sender, self.recipients = None, []

    async def say(self, text):
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()

    async def run(self):
        await self.say(self.options.greeting)
        while line := await self.reader.readline():
            verb, _, rest = line.decode().rstrip("\r\n").partition(" ")
            if not await getattr(self, "do_" + verb.lower(), self.unknown)(rest):
                return

    async def unknown(self, rest):
        await self.say("502 what?")
        return True

    async def do_ehlo(self, rest):
        self.hello = rest
        lines = ["peer", "SMTPUTF8"]
        if self.options.starttls and not self.is_encrypted:
            lines.append("STARTTLS")
        if self.options.login:
            lines.append("AUTH PLAIN")
        for line in lines[:-1]:
            await self.say("250-" + line)
        await self.say("250 " + lines[-1])
        return True

    async def do_starttls(self, rest):
        await self.say("220 go ahead")
        await self.writer.start_tls(self.context)
        self.is_encrypted = True
        return True

    async def do_auth(self, rest):
        _, _, text = rest.partition(" ")
        if not text:
            await self.say("334 ")
            text = (await self.reader.readline()).decode()
        _, user, password = base64.b64decode(text).decode().split("\0")
        self.is_known = [user, password] == self.options.login
        await self.say("235 welcome" if self.is_known else "535 5.7.8 wrong password")
        return True

    async def do_mail(self, rest):
        self.forget()
        self.sender = rest[rest.index("<") + 1 : rest.index(">")]
        name = self.sender.partition("@")[0]
        await self.say("530 log in first" if not self.is_known else REPLIES.get(name, "250 ok"))
        return True

    async def do_rcpt(self, rest):
        address = rest[rest.index("<") + 1 : rest.index(">")]
        name = address.partition("@")[0]
        if name == "drop":
            return False
        if name == "slow":
            await asyncio.sleep(3600)
        if name not in REPLIES:
            self.recipients.append(address)
        await self.say(REPLIES.get(name, "250 ok"))
        return True

    async def do_data(self, rest):
        if not self.recipients:
            await self.say("554 no valid recipients")
            return True
        await self.say("354 go on")
        lines = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        message = b"".join(lines)
        if b"spam" in message:
            await self.say("554-5.7.1 we do not want this\r\n554 really not")
        elif b"later" in message:
            await self.say("452 disk full")
        elif b"vanish" in message:
            return False
        else:
            facts = {
                "from": self.sender, "to": self.recipients, "message": message.decode("latin-1"), "hello": self.hello,
                "connection": self.number, "encrypted": self.is_encrypted,
            }
            print(json.dumps(facts), flush=True)
            await self.say("250 2.0.0 queued as 42")
        return True

    async def do_rset(self, rest):
        self.forget()
        await self.say("250 ok")
        return True

    async def do_noop(self, rest):
        await self.say("250 ok")
        return True

    async def do_quit(self, rest):
        await self.say("221 bye")
        return False


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--starttls", nargs=2)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--login", nargs=2)
    parser.add_argument("--greeting", default="220 peer ESMTP")
    options = parser.parse_args()
    context = None
    if pair := options.tls or options.starttls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
    count = 0

    async def connected(reader, writer):
        nonlocal count
        count += 1
        try:
            await Session(reader, writer, options, context, count).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context if options.tls else None)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
