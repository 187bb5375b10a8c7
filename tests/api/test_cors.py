"""Which web pages may use the API: none but the server's own, and those of --cors-origin."""

import pytest

BOARD = "https://board.example"


def publish(client, event, **headers):
    return client.post("/publish", json=event, headers=headers)


@pytest.fixture
def open_to_board(start):
    return start("--cors-origin", BOARD + "/", "--cors-origin", "https://other.example")


def test_a_foreign_page_cannot_publish(server, make, topic):
    for origin in (BOARD, "null", "http://127.0.0.1", "http://localhost:1"):
        answer = publish(server.client, make("a"), Origin=origin)
        assert (answer.status_code, answer.json()["error"]) == (403, "foreign_origin"), origin
    # As a page sends it that hides the type of its body: no media type at all.
    answer = server.client.post("/publish", content=b"{}", headers={"Origin": BOARD})
    assert answer.status_code == 403
    assert server.client.get("/events", params={"topic": topic}).json()["count"] == 0


def test_the_servers_own_page_can(server, make):
    own = f"http://127.0.0.1:{server.port}"
    assert publish(server.client, make("a"), Origin=own).status_code == 200


def test_without_the_setting_nothing_is_said(server):
    answer = server.client.get("/stats", headers={"Origin": BOARD})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "Origin" not in answer.headers.get("Vary", "")


def test_an_allowed_page(open_to_board, make):
    client = open_to_board.client
    answer = publish(client, make("a"), Origin=BOARD)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == BOARD
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    for path, status in (("/stats", 200), ("/nothing", 404), ("/events?x=y", 400)):
        answer = client.get(path, headers={"Origin": BOARD})
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == BOARD, path
        assert "Origin" in answer.headers["Vary"]


def test_another_page_is_still_foreign(open_to_board, make):
    client = open_to_board.client
    assert publish(client, make("b"), Origin="https://evil.example").status_code == 403
    answer = client.get("/stats", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"], "caches must not mix them up"


def test_preflight(open_to_board):
    asked = {"Origin": BOARD, "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "content-type"}
    answer = open_to_board.client.options("/publish", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == BOARD
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    answer = open_to_board.client.options("/publish", headers=asked | {"Origin": "https://x.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_all_pages(start, make):
    client = start("--cors-origin", "*").client
    assert publish(client, make("c"), Origin="https://any.example").status_code == 200
    assert client.get("/stats").headers.get("Vary") is None
    answer = client.get("/stats", headers={"Origin": "null"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
