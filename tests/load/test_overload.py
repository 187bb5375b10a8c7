"""Ten times the load that the server can take. Ratios and counts only, and generous ones: the
figures themselves are `overload.py`'s and stand in docs/reliability.md."""

import asyncio

import pytest

import offered
import overload


def test_overload(binary, tmp_path):
    figures = overload.measure(binary, str(tmp_path), seconds=20)
    print(figures)
    assert figures.wrong == [], figures.wrong[:5]
    assert figures.offered_rate > 3 * figures.peak_rate and figures.refused > 20, "no overload"
    assert figures.goodput > 0.5 * figures.peak_rate, figures
    assert figures.latency_max < 3 * figures.queue_seconds + 20 * figures.peak_latency, figures
    assert figures.grown_bytes < 256 << 20, figures


def answer(status, fields, body):
    return (f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{fields}\r\n{body}").encode()


ALL = '{"received":1000,"accepted":1000}'


@pytest.mark.parametrize("said, accepted, refused", [
    (answer(200, "", ALL), True, False),
    (answer(503, "Retry-After: 1\r\n", '{"stored":"no"}'), False, True),
    (answer(200, "", '{"received":1000,"accepted":999}'), False, False),
    (answer(503, "", '{"stored":"no"}'), False, False),  # does not say when to come again
    (answer(503, "Retry-After: 1\r\n", '{"stored":"unknown"}'), False, False),
    (answer(500, "Retry-After: 1\r\n", '{"stored":"no"}'), False, False),
    (b"", False, False),  # cut off
])
def test_what_is_not_an_answer_to_overload_is_seen(said, accepted, refused):
    async def serve(reader, writer):
        try:
            while said:
                await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(offered.BODY_BYTES)
                writer.write(said)
        except asyncio.IncompleteReadError:  # the client has hung up
            pass
        writer.close()

    async def run():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await offered.offer("127.0.0.1", port, "", seconds=0.05, connections=1)

    phase = asyncio.run(run())
    assert phase.sent > 0
    counts = (len(phase.accepted), len(phase.refused), len(phase.wrong))
    assert counts == (phase.sent * accepted, phase.sent * refused,
                      phase.sent * (not accepted and not refused)), phase.wrong
