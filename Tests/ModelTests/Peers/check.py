"""What other implementations say of our tokens, codes and hashes. Reads a question as JSON, prints the answer as JSON."""
import json, sys

question = json.loads(sys.argv[1])
kind = question["kind"]
if kind == "jwt":
    import jwt

    claims = jwt.decode(
        question["token"], question["key"], algorithms=[question["algorithm"]], audience=question["audience"],
        issuer=question["issuer"], options={"require": ["exp", "iat", "sub", "aud", "iss"]})
    print(json.dumps({"claims": claims, "header": jwt.get_unverified_header(question["token"])}))
elif kind == "make-jwt":
    import jwt

    print(json.dumps(jwt.encode(
        question["claims"], question["key"], algorithm=question["algorithm"], headers=question["headers"])))
elif kind == "totp":
    import pyotp

    totp = pyotp.parse_uri(question["uri"])
    print(json.dumps({
        "codes": [totp.at(time) for time in question["times"]], "name": totp.name, "issuer": totp.issuer,
        "accepts": [totp.verify(code, for_time=question["now"], valid_window=1) for code in question["ours"]],
    }))
elif kind == "argon2":
    import argon2

    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=1024, parallelism=1)
    def verifies(password):
        try:
            return hasher.verify(question["hash"], password)
        except argon2.exceptions.VerifyMismatchError:
            return False
    print(json.dumps({
        "right": verifies(question["password"]), "wrong": verifies(question["password"] + "x"),
        "parameters": str(argon2.extract_parameters(question["hash"])), "theirs": hasher.hash(question["password"]),
    }))
