"""A collector of traces: takes OTLP over HTTP in JSON, looks whether it is as the specification says, and prints a line
for each span. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding"""
import http.server
import json
import re
import sys


def check(holds, what):
    if not holds:
        print("wrong", json.dumps(what), flush=True)


def value_is_right(value):
    (kind, content), = value.items()
    texts = {"stringValue": str, "boolValue": bool, "doubleValue": (int, float)}
    if kind == "intValue":
        return isinstance(content, str) and re.fullmatch(r"-?\d+", content) is not None
    return kind in texts and isinstance(content, texts[kind])


def take(document, headers):
    for resource in document["resourceSpans"]:
        facts = {fact["key"]: fact["value"] for fact in resource["resource"]["attributes"]}
        service = facts["service.name"]["stringValue"]
        for scope in resource["scopeSpans"]:
            check(scope["scope"]["name"] == "switchyard", scope["scope"])
            for span in scope["spans"]:
                check(re.fullmatch(r"[0-9a-f]{32}", span["traceId"]), span)
                check(re.fullmatch(r"[0-9a-f]{16}", span["spanId"]), span)
                check(re.fullmatch(r"[0-9a-f]{16}", span.get("parentSpanId", "0" * 16)), span)
                check(span["kind"] in (2, 3, 5), span)
                times = span["startTimeUnixNano"], span["endTimeUnixNano"]
                check(all(isinstance(time, str) and re.fullmatch(r"\d{19}", time) for time in times), span)
                check(int(times[0]) <= int(times[1]), span)
                check(all(value_is_right(fact["value"]) for fact in span["attributes"]), span)
                check(span.get("status", {"code": 2})["code"] == 2, span)
                print("span", json.dumps({"service": service, "key": headers.get("x-key"), **span}), flush=True)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        check(self.path == "/v1/traces" and self.headers["Content-Type"] == "application/json", self.path)
        take(json.loads(body), self.headers)
        answer = b'{"partialSuccess":{}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("listening", server.server_port, flush=True)
sys.stdout.flush()
server.serve_forever()
