"""A mail server, of aiosmtpd: STARTTLS and a password before anything is taken, and answers that depend on the recipient. Prints
its port, and then each message that it took, as Python's own mail parser reads it.

usage: mail_peer.py CERTIFICATE KEY
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

REPLIES = {"unknown": "550 5.1.1 no such user", "busy": "451 4.3.0 try again later", "full": "552 5.2.2 mailbox full",
           "policy": "550 5.7.1 we do not like you", "bare": "550 no such user"}


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.partition("@")[0].rstrip("0123456789")
        if name == "drop":
            server.transport.abort()
            return "421 bye"
        if name in REPLIES:
            return REPLIES[name]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        if b"\n" in envelope.content.replace(b"\r\n", b"") or any(len(line) > 998 for line in envelope.content.split(b"\r\n")):
            return "554 5.6.0 broken lines"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text, html = message.get_body(("plain",)), message.get_body(("html",))
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "headers": {k: str(v) for k, v in message.items()},
            "sender": message["from"].addresses[0].display_name, "type": message.get_content_type(),
            "text": text.get_content(), "html": html.get_content(),
            "defects": [repr(d) for part in message.walk() for d in part.defects],
            "longest": max(len(line) for line in envelope.content.split(b"\r\n")),
            "port": session.peer[1], "encrypted": session.ssl is not None,
        }), flush=True)
        return "250 2.0.0 queued"


def authenticate(server, session, envelope, mechanism, auth):
    return AuthResult(success=isinstance(auth, LoginPassword) and (auth.login, auth.password) == (b"chat", b"secret"))


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), require_starttls=True, tls_context=context, auth_required=True, authenticator=authenticate),
        "127.0.0.1", 0)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
