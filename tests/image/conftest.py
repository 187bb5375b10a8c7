"""An image archive that `./dev test image` has made, unpacked once for all tests here."""

import os
import pathlib
import socket

import pytest
from container import Container, Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARCHIVE = pathlib.Path(os.environ.get("ONCELOG_IMAGE", ROOT / "build/image/test.tar"))


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("only root may chroot")
    assert ARCHIVE.exists(), f"{ARCHIVE} is not there: make it with ./dev test image"
    return Image(ARCHIVE, tmp_path_factory.mktemp("image"))


@pytest.fixture
def container(image, tmp_path):
    """A container with an empty volume, on a port nobody uses, as the network is the host's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    volume = tmp_path / "volume"
    volume.mkdir()
    user, group = (int(number) for number in image.config["User"].split(":"))
    os.chown(volume, user, group)
    one = Container(image, volume, ONCELOG_LISTEN=f"0.0.0.0:{port}",
                    ONCELOG_URL=f"http://127.0.0.1:{port}")
    yield one
    one.dispose()
