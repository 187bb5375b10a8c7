"""The container image, run without Docker: what `docker run -p 8080:8080` would start."""

import json

EVENTS = 1000


def events():
    return "".join(json.dumps({"topic": f"t{i % 3}", "event_id": str(i), "source": "image",
                               "timestamp": "2025-10-22T10:00:00Z", "payload": {"i": i}}) + "\n"
                   for i in range(EVENTS))


def stats(container):
    done = container.run("stats", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def healthy(container):
    kind, *command = container.image.config["Healthcheck"]["Test"]
    assert kind == "CMD"
    return container.execute(command).returncode == 0


def test_it_says_what_docker_needs_to_know(image):
    assert image.command == ["oncelog", "serve"]
    assert list(image.config["ExposedPorts"]) == ["8080/tcp"]
    assert list(image.config["Volumes"]) == ["/data"]
    assert image.environment["ONCELOG_LISTEN"] == "0.0.0.0:8080"
    # The owner of an empty volume is that of the directory in the image.
    assert f"{(image.root / 'data').stat().st_uid}" == image.config["User"].split(":")[0] != "0"


def test_nothing_that_built_it_is_left_in_it(image):
    for name in ["src", "oncelog", "usr/bin/g++", "usr/bin/cmake", "usr/include/boost"]:
        assert not (image.root / name).exists(), name


def test_it_is_not_root(container):
    container.start()
    with open(f"/proc/{container.server_pid()}/status", encoding="ascii") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
    user, group = container.image.config["User"].split(":")
    assert set(status["Uid"].split()) == {user} and set(status["Gid"].split()) == {group}
    assert int(status["CapEff"], 16) == 0


def test_it_still_deduplicates_after_kill_and_restart_on_the_same_volume(container):
    assert not healthy(container)
    assert "http://0.0.0.0:" in container.start()
    assert healthy(container)
    done = container.run("publish", stdin=events())
    assert done.returncode == 0, done.stderr
    assert stats(container)["unique_processed"] == EVENTS

    container.kill()
    assert not healthy(container)
    container.start()
    assert healthy(container)
    assert stats(container)["unique_processed"] == EVENTS
    assert container.run("publish", stdin=events()).returncode == 0
    after = stats(container)
    assert (after["unique_processed"], after["duplicate_dropped"]) == (EVENTS, EVENTS)

    assert container.stop() == 0, "docker stop is an orderly end"
    container.start()
    assert stats(container)["unique_processed"] == EVENTS
