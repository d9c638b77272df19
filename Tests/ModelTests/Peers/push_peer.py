"""The push services of Google, Apple and OneSignal, and one for browsers, as far as they can be told from outside: over HTTP/2
and TLS, strict in what they take. Every test has a place of its own: the first part of the path. Prints its port.

usage: push_peer.py CERTIFICATE KEY
"""

import asyncio
import base64
import json
import re
import ssl
import sys
import time
import uuid

import h2.config
import h2.connection
import h2.events
import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

places = {}


class Place:
    def __init__(self):
        self.settings, self.seen, self.tokens, self.connections, self.ids = {}, [], 0, set(), {}


class Refusal(Exception):
    """An answer other than success."""

    def __init__(self, status, body, headers=()):
        self.status, self.body, self.headers = status, body, list(headers)


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check(condition, what):
    if not condition:
        raise Refusal(400, {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": what,
                                      "details": [{"fieldViolations": [{"field": what}]}]}, "reason": what})


def only(value, known, what):
    check(isinstance(value, dict) and set(value) <= set(known), f"{what}: {sorted(set(value) - set(known))}")


def is_texts(value):
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


# Google

def fcm_error(status, name, code=None, headers=()):
    details = [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}] if code else []
    return Refusal(status, {"error": {"code": status, "status": name, "message": "no", "details": details}}, headers)


def google_token(place, headers, body):
    form = dict(pair.split("=") for pair in body.decode().split("&"))
    assert form["grant_type"] == "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer", form
    claims = jwt.decode(form["assertion"], place.settings["fcmKey"], algorithms=["RS256"],
                        audience=place.settings["fcmAudience"])
    assert jwt.get_unverified_header(form["assertion"])["kid"] == "key-1"
    assert claims["iss"] == "push@project.example" and claims["exp"] <= claims["iat"] + 3600, claims
    assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
    place.tokens += 1
    return 200, {"access_token": f"token-{place.tokens}", "expires_in": 3599, "token_type": "Bearer"}


def google_send(place, headers, body):
    current = f"token-{place.tokens}"
    if headers.get("authorization") != f"Bearer {current}" or place.settings.pop("withdraw", False):
        raise fcm_error(401, "UNAUTHENTICATED")
    check(len(body) <= 4096 and headers.get("content-type") == "application/json", "size or type")
    whole = json.loads(body)
    only(whole, ["message", "validate_only"], "request")
    message = whole["message"]
    only(message, ["token", "notification", "data", "android", "apns", "webpush"], "message")
    only(message["notification"], ["title", "body", "image"], "notification")
    check(is_texts(message["data"]), "data")
    check(not any(re.match("from$|message_type$|google|gcm", key) for key in message["data"]), "data keys")
    android = message["android"]
    only(android, ["collapse_key", "priority", "ttl", "notification"], "android")
    check(android["priority"] in ("HIGH", "NORMAL") and re.fullmatch(r"\d+s", android["ttl"]), "android")
    check(int(android["ttl"][:-1]) <= 2419200, "ttl")
    only(android["notification"], ["tag", "sound", "notification_count", "channel_id"], "android.notification")
    only(message["apns"], ["headers", "payload"], "apns")
    check(is_texts(message["apns"]["headers"]) and "aps" in message["apns"]["payload"], "apns")
    token = message["token"]
    if token.startswith("dead"):
        raise fcm_error(404, "NOT_FOUND", "UNREGISTERED")
    if token.startswith("other-project"):
        raise fcm_error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH")
    if token.startswith("malformed"):
        raise fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
    return token, message, {"name": f"projects/p/messages/{uuid.uuid4()}"}


# Apple

def apple_send(place, headers, body, token):
    kind, _, signed = headers.get("authorization", "").partition(" ")
    check(kind == "bearer" and jwt.get_unverified_header(signed) == {"alg": "ES256", "kid": "KEYID12345", "typ": "JWT"},
          "token's head")
    claims = jwt.decode(signed, place.settings["apnsKey"], algorithms=["ES256"])
    check(set(claims) == {"iss", "iat"} and claims["iss"] == "TEAM123456" and abs(claims["iat"] - time.time()) < 60, "claims")
    place.settings.setdefault("apnsTokens", [])
    if signed not in place.settings["apnsTokens"]:
        place.settings["apnsTokens"].append(signed)
    if place.settings.get("expired") == signed or place.settings.pop("expire", False):
        place.settings["expired"] = signed
        raise Refusal(403, {"reason": "ExpiredProviderToken"})
    check(headers.get("content-type") == "application/json", "content-type")
    check(headers.get("apns-topic") == "org.example.chat" and headers.get("apns-push-type") == "alert", "topic or type")
    check(headers.get("apns-priority") in ("10", "5") and len(headers.get("apns-collapse-id", "")) <= 64, "priority")
    check(str(uuid.UUID(headers["apns-id"])) == headers["apns-id"], "apns-id")
    check(int(headers["apns-expiration"]) > time.time() and len(body) <= 4096, "expiration")
    payload = json.loads(body)
    check("alert" in payload["aps"] and isinstance(payload["aps"]["badge"], int), "aps")
    if token.endswith("dead"):
        raise Refusal(410, {"reason": "Unregistered", "timestamp": int(time.time() * 1000)})
    if token.endswith("0ead"):
        raise Refusal(410, {"reason": "Unregistered", "timestamp": 1000})
    if token.endswith("bad0"):
        raise Refusal(400, {"reason": "BadDeviceToken"})
    return token, {"headers": headers, "payload": payload}, None


# OneSignal

def onesignal_send(place, headers, body):
    if headers.get("authorization") != "Key signal-key":
        raise Refusal(403, {"errors": ["no"]})
    message = json.loads(body)
    check(message["app_id"] == "app-1" and message["target_channel"] == "push" and "en" in message["contents"], "message")
    check(str(uuid.UUID(message["idempotency_key"])) == message["idempotency_key"], "idempotency_key")
    ids = message["include_subscription_ids"]
    gone = [one for one in ids if one.startswith("dead")]
    there = [one for one in ids if one not in gone]
    place.seen += [{"kind": "onesignal", "token": one, "message": message} for one in there]
    if not there:
        return 200, {"id": "", "errors": ["All included players are not subscribed"]}
    answer = {"id": str(uuid.uuid4())}
    if gone:
        answer["errors"] = {"invalid_player_ids": gone}
    return 200, answer


# Browsers

def browser_send(place, headers, body, name):
    signed, _, key = headers["authorization"].removeprefix("vapid t=").partition(", k=")
    point = unpadded(key)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims = jwt.decode(signed, public, algorithms=["ES256"], audience=place.settings["origin"])
    check(claims["sub"].startswith("mailto:") and claims["exp"] <= time.time() + 86400, "claims")
    check(headers["content-encoding"] == "aes128gcm" and int(headers["ttl"]) > 0, "headers")
    check(headers["urgency"] in ("normal", "high") and re.fullmatch("[A-Za-z0-9_-]{1,32}", headers["topic"]), "topic")
    check(len(body) <= 4096, "size")
    if name.startswith("dead"):
        raise Refusal(410, {})
    own = serialization.load_pem_private_key(place.settings["browserKey"].encode(), None)
    return name, {"text": json.loads(open_record(own, unpadded(place.settings["browserSecret"]), body))}, None


def open_record(own, secret, body):
    salt, length = body[:16], body[20]
    sender = body[21:21 + length]
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    mine = own.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    def derive(key, salt, info, count):
        return HKDF(hashes.SHA256(), count, salt, info).derive(key)
    mixed = derive(shared, secret, b"WebPush: info\0" + mine + sender, 32)
    key = derive(mixed, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = derive(mixed, salt, b"Content-Encoding: nonce\0", 12)
    plain = AESGCM(key).decrypt(nonce, body[21 + length:], None)
    assert plain[-1] == 2
    return plain[:-1]


# The server

def answer(method, path, headers, body, connection):
    name, _, rest = path.strip("/").partition("/")
    place = places.setdefault(name, Place())
    if method == "PUT":
        place.settings.update(json.loads(body))
        return 200, {}
    if method == "GET":
        return 200, {"seen": place.seen, "tokens": place.tokens, "connections": len(place.connections),
                     "apnsTokens": len(place.settings.get("apnsTokens", [])), "asked": place.settings.get("asked", 0)}
    if rest == "token":
        return google_token(place, headers, body)
    place.connections.add(connection)
    place.settings["asked"] = place.settings.get("asked", 0) + 1
    if place.settings.get("down"):
        raise Refusal(place.settings["down"], {}, place.settings.get("downHeaders", {}).items())
    if rest == "notifications":
        return onesignal_send(place, headers, body)
    if rest.startswith("v1/projects/project-1/"):
        kind, (token, message, reply) = "fcm", google_send(place, headers, body)
    elif rest.startswith("3/device/"):
        kind, (token, message, reply) = "apns", apple_send(place, headers, body, rest.removeprefix("3/device/"))
    elif rest.startswith("wp/"):
        kind, (token, message, reply) = "webpush", browser_send(place, headers, body, rest.removeprefix("wp/"))
    else:
        raise Refusal(404, {})
    place.seen.append({"kind": kind, "token": token, "message": message})
    return (201 if kind == "webpush" else 200), reply


class Connection(asyncio.Protocol):
    count = 0

    def connection_made(self, transport):
        Connection.count += 1
        self.number, self.transport, self.streams, self.unsent = Connection.count, transport, {}, {}
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.initiate_connection()
        transport.write(self.h2.data_to_send())

    def data_received(self, data):
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.streams[event.stream_id] = (dict(event.headers), bytearray())
            elif isinstance(event, h2.events.DataReceived):
                self.streams[event.stream_id][1].extend(event.data)
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.respond(event.stream_id, *self.streams.pop(event.stream_id))
            for stream in list(self.unsent):
                self.send_on(stream)
        self.transport.write(self.h2.data_to_send())

    def respond(self, stream, headers, body):
        extra = []
        try:
            status, value = answer(headers[":method"], headers[":path"], headers, bytes(body), self.number)
        except Refusal as refusal:
            status, value, extra = refusal.status, refusal.body, refusal.headers
        except Exception as error:  # a bug of ours or of theirs: the test is to see it
            print("error", repr(error), file=sys.stderr, flush=True)
            status, value = 400, {"reason": repr(error), "error": {"details": [{"fieldViolations": []}]}}
        text = b"" if value is None else json.dumps(value).encode()
        self.h2.send_headers(stream, [(":status", str(status)), ("content-length", str(len(text)))] + extra)
        self.unsent[stream] = text
        self.send_on(stream)

    def send_on(self, stream):
        """As much as the other side takes now."""
        while stream in self.unsent:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            part, rest = self.unsent[stream][:room], self.unsent[stream][room:]
            if rest and not part:
                return
            self.h2.send_data(stream, part, end_stream=not rest)
            self.unsent[stream] = rest
            if not rest:
                del self.unsent[stream]


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.set_alpn_protocols(["h2"])
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, ssl=context)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
