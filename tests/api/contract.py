"""The OpenAPI document of a running server, and answers held against it, strictly: a status, a field
or a member that the document does not have is an error, though clients must put up with new members."""

import copy

import httpx
import jsonschema

TRANSPORT_FIELDS = {"date", "server", "content-length", "content-type", "transfer-encoding",
                    "connection"}


def strict(schema):
    """The same schema, in which our own objects may have no members but the listed ones."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: strict(one) for name, one in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        result.setdefault("additionalProperties", False)
    return result


def parse(received):
    """An answer read from a socket, as httpx has them."""
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return httpx.Response(int(first.split(" ")[1]), content=body,
                          headers=[tuple(line.split(": ", 1)) for line in lines])


class Contract:
    """Remembers in `seen` what it has checked: (method, path, status)."""

    def __init__(self, document):
        self.document = document
        components = copy.deepcopy(document["components"])
        components["schemas"] = {name: strict(one)
                                 for name, one in document["components"]["schemas"].items()}
        self.strict = {"components": components}
        self.seen = set()

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            assert node["$ref"].startswith("#/")
            for part in node["$ref"][2:].split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def operations(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    yield method.upper(), path, operation

    def validate(self, value, schema):
        whole = self.strict | {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        jsonschema.validate(value, whole | strict(schema), jsonschema.Draft202012Validator,
                            format_checker=jsonschema.FormatChecker())

    def check_response(self, answer, response, head=False):
        """`answer` against one response of the document."""
        response = self.resolve(response)
        fields = {name.lower(): self.resolve(one) for name, one in response["headers"].items()}
        unknown = set(answer.headers) - TRANSPORT_FIELDS - set(fields)
        assert not unknown, f"{answer.status_code} has fields that are not documented: {unknown}"
        assert "x-request-id" in answer.headers
        names = [name.lower() for name, _ in answer.headers.raw]
        assert len(names) == len(set(names)), "a field is there twice"
        for name, field in fields.items():
            if name in answer.headers:
                self.validate(answer.headers[name], field["schema"])
        if head or "content" not in response:
            assert answer.content == b""
            return
        kind = answer.headers["content-type"]
        assert kind in response["content"], f"{kind} is not documented"
        if kind.endswith("json") and "ndjson" not in kind:
            self.validate(answer.json(), response["content"][kind]["schema"])

    def check(self, answer, method, path):
        responses = self.document["paths"][path][method.lower()]["responses"]
        status = str(answer.status_code)
        assert status in responses, f"{method} {path}: {status} is not documented: {answer.text}"
        self.check_response(answer, responses[status], head=method == "HEAD")
        self.seen.add((method, path, answer.status_code))
