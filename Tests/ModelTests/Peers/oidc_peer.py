"""A provider of sign-ins that signs real tokens, and wrong ones on demand: OpenID Connect, and GitHub's OAuth.

The first part of the path is a provider of its own, so that many tests can share the process. Everybody who comes is let in as
the person that a PUT names. It checks what a provider checks: client and secret, redirect address, PKCE's verifier, codes
that work once.
"""
import base64, hashlib, json, os, threading, time, urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

CLIENT, SECRET = "client-1", "secret-1"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_key(kid, kind="rsa"):
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    return {"kid": kid, "kind": kind, "key": key}


# Making them takes long, so all providers have the same.
KEYS = {"first": new_key("first"), "rsa": new_key("second"), "ec": new_key("second", "ec")}
STRANGER = new_key("first")


class State:
    def __init__(self):
        self.keys = [KEYS["first"]]
        self.codes, self.tokens = {}, {}
        self.counts = {"jwks": 0, "discovery": 0, "token": 0}
        self.settings = {}

    def jwk(self, entry):
        algorithm = jwt.algorithms.RSAAlgorithm if entry["kind"] == "rsa" else jwt.algorithms.ECAlgorithm
        if entry["kind"] == "rsa":
            jwk = json.loads(algorithm.to_jwk(entry["key"].public_key()))
        else:
            numbers = entry["key"].public_key().public_numbers()
            jwk = {"kty": "EC", "crv": "P-256", "x": b64(numbers.x.to_bytes(32, "big")), "y": b64(numbers.y.to_bytes(32, "big"))}
        jwk.update(kid=entry["kid"], use="sig", alg="RS256" if entry["kind"] == "rsa" else "ES256")
        jwk.pop("key_ops", None)
        return jwk

    def id_token(self, nonce, access_token, issuer):
        now = int(time.time())
        claims = {
            "iss": issuer, "aud": CLIENT, "sub": "subject-1", "iat": now, "exp": now + 300, "nonce": nonce,
            "email": "ada@example.org", "email_verified": True, "name": "Ada L.",
            "at_hash": b64(hashlib.sha256(access_token.encode()).digest()[:16]),
        }
        claims.update(self.settings.get("claims", {}))
        claims = {name: value for name, value in claims.items() if value is not None}
        how = self.settings.get("sign", "right")
        entry = self.keys[-1]
        if how == "none":
            return jwt.encode(claims, None, algorithm="none")
        if how == "hmac":
            public = json.dumps(self.jwk(entry))
            return jwt.encode(claims, public, algorithm="HS256", headers={"kid": entry["kid"]})
        if how == "stranger":
            entry = STRANGER
        if how == "unknown-kid":
            return jwt.encode(claims, entry["key"], algorithm="RS256", headers={"kid": "never-published"})
        algorithm = "RS256" if entry["kind"] == "rsa" else "ES256"
        token = jwt.encode(claims, entry["key"], algorithm=algorithm, headers={"kid": entry["kid"]})
        if how == "changed":
            head, body, signature = token.split(".")
            claims["sub"] = "somebody-else"
            token = ".".join([head, b64(json.dumps(claims).encode()), signature])
        return token


states = {}
lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, value=None, headers={}):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def enter(self):
        """Finds the provider that is asked; the rest of the path."""
        _, name, rest = self.path.split("/", 2)
        self.state = states.setdefault(name, State())
        self.base = f"http://127.0.0.1:{self.server.server_port}/{name}"
        return "/" + rest

    def form(self):
        length = int(self.headers.get("Content-Length", 0))
        return dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))

    def do_GET(self):
        with lock:
            url = urllib.parse.urlparse(self.enter())
            self.get(url.path, dict(urllib.parse.parse_qsl(url.query)))

    def get(self, path, query):
        if path == "/.well-known/openid-configuration":
            self.state.counts["discovery"] += 1
            issuer = self.state.settings.get("issuer", self.base)
            self.answer(200, {
                "issuer": issuer, "authorization_endpoint": self.base + "/authorize",
                "token_endpoint": self.base + "/token", "jwks_uri": self.base + "/jwks",
            })
        elif path == "/jwks":
            self.state.counts["jwks"] += 1
            keys = [self.state.jwk(entry) for entry in self.state.keys]
            self.answer(200, {"keys": keys + [{"kty": "oct", "k": "AAAA"}, {"kty": "RSA", "n": "AQ", "e": "AQ"}]},
                        {"Cache-Control": "public, max-age=3600"})
        elif path in ("/authorize", "/login/oauth/authorize"):
            self.authorize(query)
        elif path == "/counts":
            self.answer(200, self.state.counts)
        elif path in ("/user", "/user/emails"):
            self.person(path)
        else:
            self.answer(404)

    def authorize(self, query):
        if query.get("client_id") != CLIENT or not query.get("state") or query.get("code_challenge_method") != "S256":
            return self.answer(400, {"error": "invalid_request"})
        if self.state.settings.get("deny"):
            answer = {"error": "access_denied", "state": query["state"]}
        else:
            code = b64(hashlib.sha256(f"{time.time_ns()}".encode()).digest())
            self.state.codes[code] = query
            answer = {"code": code, "state": query["state"], "scope": "openid email"}
        self.answer(302, None, {"Location": query["redirect_uri"] + "?" + urllib.parse.urlencode(answer)})

    def person(self, path):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.state.tokens or not self.headers.get("User-Agent"):
            return self.answer(401, {"message": "Bad credentials"})
        if path == "/user":
            return self.answer(200, self.state.settings.get("user", {"id": 4711, "login": "ada", "name": None}))
        self.answer(200, self.state.settings.get("emails", [
            {"email": "old@example.org", "primary": False, "verified": True},
            {"email": "ada@example.org", "primary": True, "verified": True},
        ]))

    def do_POST(self):
        form = self.form()
        with lock:
            path = self.enter()
            if path == "/token":
                self.token(form, is_github=False)
            elif path == "/login/oauth/access_token":
                self.token(form, is_github=True)
            else:
                self.answer(404)

    def token(self, form, is_github):
        self.state.counts["token"] += 1
        if self.state.settings.get("broken"):
            return self.answer(503, {"error": "temporarily_unavailable"})
        request = self.state.codes.pop(form.get("code"), None)
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (request is None or form.get("client_id") != CLIENT or form.get("client_secret") != SECRET
                or form.get("redirect_uri") != request["redirect_uri"] or challenge != request["code_challenge"]):
            return self.answer(200 if is_github else 400, {"error": "invalid_grant"})
        access = b64(hashlib.sha256(f"a{time.time_ns()}".encode()).digest())
        self.state.tokens[access] = True
        if is_github:
            return self.answer(200, {"access_token": access, "token_type": "bearer", "scope": "user:email"})
        issuer = self.state.settings.get("issuer", self.base)
        self.answer(200, {
            "access_token": access, "token_type": "Bearer", "expires_in": 300,
            "id_token": self.state.id_token(request.get("nonce"), access, issuer),
        })

    def do_PUT(self):
        """What the next answers are to be: claims, sign, rotate (rsa, ec), deny, broken, issuer, user, emails."""
        settings = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with lock:
            self.enter()
            if "rotate" in settings:
                self.state.keys = [KEYS[settings["rotate"]]]
            self.state.settings = settings
            self.answer(200, {})


def end_with_parent():
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=end_with_parent, daemon=True).start()
print(f"listening {server.server_port}", flush=True)
server.serve_forever()
