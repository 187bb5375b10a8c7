"""GET /openapi.json: that the document is whole, and that the server does what it says."""

import gzip
import json
import re
import socket

import jsonschema
import pytest
from contract import Contract, parse
from oncelog_server import OncelogServer
from test_http import exchange, head

EXAMPLES = {"{topic}": "a%2Fb", "{event_id}": "1", "{error}": "busy"}
ABSENT = {"{topic}": "none", "{event_id}": "1", "{error}": "none"}
# What only a broken disk, a full one or a defect provokes: tests/crash and tests/unit/api.
NOT_PROVOKED = {500, 503, 507}
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A server with short deadlines."""
    one = OncelogServer(tmp_path_factory.mktemp("contract"), "--body-timeout", "3s").start()
    yield one
    one.dispose()


@pytest.fixture(scope="module")
def contract(running):
    return Contract(running.client.get("/openapi.json").json())


def fill(path, values):
    for name, value in values.items():
        path = path.replace(name, value)
    return path


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for one in node.values():
            yield from references(one)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


def schemas(node):
    if isinstance(node, dict):
        if isinstance(node.get("schema"), dict):
            yield node["schema"]
        for one in node.values():
            yield from schemas(one)
    elif isinstance(node, list):
        for one in node:
            yield from schemas(one)


# The document by itself.

def test_every_reference_leads_somewhere_and_every_component_is_used(contract):
    used = set(references(contract.document))
    for reference in used:
        contract.resolve({"$ref": reference})
    there = {f"#/components/{kind}/{name}" for kind, ones in contract.document["components"].items()
             for name in ones}
    # These two are answered where no operation is.
    assert there - used <= {"#/components/responses/not_found",
                            "#/components/responses/method_not_allowed",
                            "#/components/schemas/PublishBody"}


def test_operations_have_ids_of_their_own_summaries_and_answers(contract):
    operations = list(contract.operations())
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(set(ids)) == len(ids)
    for method, path, operation in operations:
        assert operation["summary"]
        assert any(status.startswith("2") for status in operation["responses"]), (method, path)
        for response in operation["responses"].values():
            assert contract.resolve(response)["description"]


def test_path_parameters_are_declared(contract):
    for path, item in contract.document["paths"].items():
        declared = {contract.resolve(one)["name"] for one in item.get("parameters", [])
                    if contract.resolve(one)["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), path


def test_schemas_are_valid_and_examples_follow_them(contract):
    components = contract.document["components"]
    for schema in list(schemas(contract.document["paths"])) + list(components["schemas"].values()):
        jsonschema.Draft202012Validator.check_schema(schema)
    found = 0

    def check(node):
        nonlocal found
        if isinstance(node, dict):
            for example in node.get("examples", {}).values() if "schema" in node else ():
                contract.validate(example["value"], node["schema"])
                found += 1
            for one in node.values():
                check(one)
        elif isinstance(node, list):
            for one in node:
                check(one)

    check(contract.document["paths"])
    assert found > 50


def test_nothing_of_the_template_is_left(contract):
    assert '"@' not in json.dumps(contract.document)


def test_error_codes_are_those_of_the_server(running, contract):
    errors = running.get("/errors")["errors"]
    codes = contract.document["components"]["schemas"]["ErrorCode"]["enum"]
    assert codes == [one["error"] for one in errors]


# The server against the document.

def event(event_id="1", **members):
    whole = {"topic": "a/b", "event_id": event_id, "timestamp": "2025-10-22T10:00:00Z",
             "source": "s", "payload": {}, "more": {"of": ["it"]}}
    return whole | members


PUBLISHES = {
    "foreign": ({"json": event(), "headers": {"Origin": "https://x.example"}}, 403, "foreign_origin"),
    "bare": ({"json": event()}, 200, None),
    "batch": ({"json": [event("2"), event("2"), event("2", source="x")]}, 200, None),
    "wrapped": ({"json": {"events": [event("3")]}}, 200, None),
    "ndjson": ({"content": json.dumps(event("4")) + "\n", "headers": NDJSON}, 200, None),
    "gzip": ({"content": gzip.compress(json.dumps(event("5")).encode()),
              "headers": {"Content-Encoding": "gzip"}}, 200, None),
    "skipped": ({"json": [event("6"), {}, {"event_id": 7}],
                 "params": {"on_invalid": "skip"}}, 200, None),
    "minimal": ({"json": [event("6", source="x"), {}] + [{}] * 200,
                 "params": {"on_invalid": "skip"}, "headers": {"Prefer": "return=minimal"}},
                200, None),
    "conflict": ({"json": event(source="x")}, 409, "conflict"),
    "invalid": ({"json": [event("7"), {"event_id": "é"}]}, 400, "invalid_event"),
    "bad line": ({"content": b"{\n", "headers": NDJSON}, 400, "invalid_event"),
    "malformed": ({"content": b"{"}, 400, "malformed_json"),
    "empty": ({"json": []}, 400, "empty_batch"),
    "a number": ({"json": 7}, 400, "not_an_event"),
    "unknown parameter": ({"json": event(), "params": {"a": 1}}, 400, "unknown_parameter"),
    "bad parameter": ({"json": event(), "params": {"on_invalid": "x"}}, 400, "bad_parameter"),
    "bad encoding": ({"content": b"x", "headers": {"Content-Encoding": "gzip"}}, 400,
                     "bad_encoding"),
    "large event": ({"json": event("8", payload={"x": "y" * (2 << 20)})}, 413, "event_too_large"),
    "many events": ({"content": b"{}\n" * 10_001, "headers": NDJSON}, 413, "too_many_events"),
    "bomb": ({"content": gzip.compress(b" " * (33 << 20)),
              "headers": {"Content-Encoding": "gzip"}}, 413, "body_too_large"),
    "text": ({"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415,
             "unsupported_media_type"),
    "brotli": ({"content": b"{}", "headers": {"Content-Encoding": "br"}}, 415,
               "unsupported_encoding"),
}
READS = {
    "/events": [("", 200), ("?topic=a/b&limit=1", 200), ("?event_id=1&source=s", 200),
                ("?from=2025-01-01T00:00:00Z&to=2026-01-01 00:00:00", 200), ("?order=desc", 200),
                ("?topic=none", 200), ("?limit=0", 400), ("?a=1", 400), ("?after=x", 400)],
    "/topics": [("", 200), ("?limit=1&prefix=a", 200), ("?after=z", 200), ("?limit=0", 400),
                ("?after=", 400), ("?a=1", 400)],
    "/readyz": [("", 200), ("?for=read", 200), ("?for=publish", 200), ("?for=x", 400)],
}


def publish_everything(running, contract):
    for name, (request, status, error) in PUBLISHES.items():
        headers = {"Content-Type": "application/json"} | request.get("headers", {})
        answer = running.client.post("/publish", **(request | {"headers": headers}))
        assert answer.status_code == status, (name, answer.text)
        if error:
            assert answer.json()["error"] == error, name
        contract.check(answer, "POST", "/publish")
    received = exchange(running, head("POST", "/publish", "Connection: close"))
    contract.check(parse(received), "POST", "/publish")
    assert parse(received).status_code == 411


def change_everything(running, contract):
    event_path, topic_path = "/events/{topic}/{event_id}", "/topics/{topic}"
    target, settings = "/topics/a%2Fb", {"retention_age": "30d"}
    for name, request, status in [
            (target, {"json": settings}, 200), (target, {"json": settings}, 200),
            ("/topics/fresh", {"json": {}}, 201),
            (target, {"content": b"{"}, 400), (target, {"json": {"retention": 1}}, 400),
            (target + "?a=1", {"json": {}}, 400),
            (target, {"json": {}, "headers": {"Origin": "https://x.example"}}, 403),
            (target, {"json": {}, "headers": {"Content-Type": "text/plain"}}, 415),
            (target, {"json": {}, "headers": {"Content-Encoding": "gzip"}}, 415)]:
        answer = running.client.put(name, **request)
        assert answer.status_code == status, (name, answer.text)
        contract.check(answer, "PUT", topic_path)
    for query, headers, status in [("2", {}, 200), ("2", {}, 200), ("none", {}, 404),
                                   ("3?a=1", {}, 400), ("3", {"Origin": "https://x.example"}, 403)]:
        answer = running.client.delete("/events/a%2Fb/" + query, headers=headers)
        assert answer.status_code == status, (query, answer.text)
        contract.check(answer, "DELETE", event_path)


def read_everything(running, contract, method):
    for path in contract.document["paths"]:
        if path == "/publish":
            continue
        target = fill(path, EXAMPLES)
        for query, status in READS.get(path, [("", 200), ("?a=1", 400)]):
            answer = running.client.request(method, target + query)
            assert answer.status_code == status, (target + query, answer.text)
            contract.check(answer, method, path)
        if path in ("/events/{topic}/{event_id}", "/topics/{topic}", "/errors/{error}"):
            answer = running.client.request(method, fill(path, ABSENT))
            assert answer.status_code == 404
            contract.check(answer, method, path)
    answer = running.client.request(method, "/events/a%2Fb/2")
    assert answer.status_code == 410
    contract.check(answer, method, "/events/{topic}/{event_id}")
    answer = running.client.request(method, "/events", headers={"Accept": "application/x-ndjson"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    contract.check(answer, method, "/events")


def break_cursors(running, contract, method, tmp_path):
    cursor = running.get("/events", limit=1)["next"]
    answer = running.client.request(method, "/events", params={"after": cursor, "topic": "a/b"})
    contract.check(answer, method, "/events")
    tmp_path.mkdir()
    other = OncelogServer(tmp_path).start()
    answer = other.client.request(method, "/events", params={"after": cursor})
    other.dispose()
    assert answer.status_code == 410
    contract.check(answer, method, "/events")


def refused_shapes(method, target):
    """What the HTTP server refuses on any path, with the status."""
    yield 400, head(method, target, "Content-Length: +5")
    yield 413, head(method, target, f"Content-Length: {33 << 20}")
    yield 414, head(method, target + "?" + "y" * (17 << 10))
    yield 417, head(method, target, "Expect: miracles")
    yield 421, head(method, target, host="example.org")
    yield 431, head(method, target, "X: " + "y" * (65 << 10))
    yield 505, head(method, target).replace(b"HTTP/1.1", b"HTTP/2.0", 1)


def refuse_everything(running, contract):
    for method, path, _ in contract.operations():
        for status, request in refused_shapes(method, fill(path, EXAMPLES)):
            answer = parse(exchange(running, request))
            assert answer.status_code == status, (method, path, answer.text)
            if method == "HEAD" and answer.content:
                # Refused before the method was read: there may be a body.
                contract.check_response(answer, contract.document["components"]["responses"]
                                        [f"Http{status}"])
                contract.seen.add((method, path, status))
            else:
                contract.check(answer, method, path)


def slow_clients(running, contract):
    """All at once, as each takes the deadline's time."""
    waiting = []
    for method, path, _ in contract.operations():
        connection = socket.create_connection(("127.0.0.1", running.port), timeout=60)
        connection.sendall(head(method, fill(path, EXAMPLES), "Content-Length: 5") + b"x")
        waiting.append((connection, method, path))
    for connection, method, path in waiting:
        received = b""
        with connection:
            while more := connection.recv(65536):
                received += more
        assert parse(received).status_code == 408
        contract.check(parse(received), method, path)


def test_every_operation_and_status(running, contract, tmp_path):
    publish_everything(running, contract)
    change_everything(running, contract)
    for number, method in enumerate(("GET", "HEAD")):
        read_everything(running, contract, method)
        break_cursors(running, contract, method, tmp_path / str(number))
    for path in contract.document["paths"]:
        answer = running.client.options(fill(path, EXAMPLES))
        assert answer.status_code == 204
        contract.check(answer, "OPTIONS", path)
    refuse_everything(running, contract)
    slow_clients(running, contract)
    documented = {(method, path, int(status)) for method, path, operation in contract.operations()
                  for status in operation["responses"] if int(status) not in NOT_PROVOKED}
    assert contract.seen == documented


def test_other_methods_and_paths(running, contract):
    responses = contract.document["components"]["responses"]
    for path, item in contract.document["paths"].items():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "BREW"):
            if method.lower() in item:
                continue
            answer = running.client.request(method, fill(path, EXAMPLES))
            assert answer.status_code == 405
            contract.check_response(answer, responses["method_not_allowed"])
    for path in ("/nothing", "/openapi", "/errors/busy/x", "/docs"):
        contract.check_response(running.client.get(path), responses["not_found"])


def test_too_many_connections(start, contract):
    one = start("--connections-max", "1")
    with socket.create_connection(("127.0.0.1", one.port), timeout=30) as first:
        first.sendall(head("GET", "/livez"))
        assert first.recv(4096).startswith(b"HTTP/1.1 200")
        answer = parse(exchange(one, b""))
    assert answer.status_code == 503 and answer.json()["error"] == "overloaded"
    contract.check_response(answer, contract.document["components"]["responses"]["Http503"])


def test_every_route_of_the_server_is_documented(running, contract):
    listed = running.client.get("/nothing").json()["detail"].split("there are: ")[1].split(", ")
    assert sorted(listed) == sorted(contract.document["paths"])


@pytest.mark.parametrize("change, what", [
    (lambda answer: answer.json() | {"extra": 1}, "Additional properties"),
    (lambda answer: {"status": "ok"}, "required property"),
    (lambda answer: answer.json() | {"uptime_seconds": "1"}, "not of type"),
])
def test_an_answer_that_is_not_as_documented_is_found(running, contract, change, what):
    answer = running.client.get("/health")
    schema = contract.document["components"]["schemas"]["Health"]
    contract.validate(answer.json(), schema)
    with pytest.raises(jsonschema.ValidationError, match=what):
        contract.validate(change(answer), schema)


def test_a_field_that_is_not_documented_is_found(running, contract):
    answer = running.client.get("/health")
    answer.headers["X-New"] = "1"
    with pytest.raises(AssertionError, match="x-new"):
        contract.check(answer, "GET", "/health")
