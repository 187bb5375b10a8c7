import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "crash")]

import server


@pytest.fixture
def binary():
    """The oncelog binary under test: $ONCELOG_BINARY, else the newest build/*/oncelog."""
    return server.find_binary()
