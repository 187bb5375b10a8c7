import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import server


@pytest.fixture
def binary():
    """The oncelog binary under test: $ONCELOG_BINARY, else the newest build/*/oncelog."""
    return server.find_binary()
