"""contrib/oncelog.service: systemd understands it, and oncelog understands what it sets."""

import json
import re
import shutil
import subprocess

import pytest
from conftest import ROOT

UNIT = ROOT / "contrib/oncelog.service"


def values(name):
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)


def test_systemd_finds_nothing_wrong(unpacked, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze")
    # As it will be once installed: the program is there, and so is the man page.
    text = re.sub(r"^Documentation=.*\n", "", UNIT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    program = tmp_path / "oncelog"
    program.symlink_to(unpacked / "bin/oncelog")
    copy = tmp_path / "oncelog.service"
    copy.write_text(text.replace("/usr/local/bin/oncelog", str(program)), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", copy], check=False, capture_output=True,
                          text=True, timeout=60)
    about_it = [line for line in done.stderr.splitlines() if "oncelog" in line]
    assert (done.returncode, about_it) == (0, []), done.stderr


def test_its_data_lie_where_systemd_keeps_them(oncelog):
    assert values("ExecStart") == ["/usr/local/bin/oncelog serve"]
    environment = dict(one.split("=", 1) for one in values("Environment"))
    done = oncelog("config", "--json", **environment)
    assert done.returncode == 0, done.stderr
    settings = {one["name"]: one for one in json.loads(done.stdout)["settings"]}
    assert settings["data"]["value"] == f"/var/lib/{values('StateDirectory')[0]}"
    assert settings["listen"]["value"] == "127.0.0.1:8080"


def test_it_has_no_rights_to_speak_of():
    for name, wanted in [("DynamicUser", "yes"), ("NoNewPrivileges", "yes"),
                         ("ProtectSystem", "strict"), ("CapabilityBoundingSet", ""),
                         ("Restart", "on-failure")]:
        assert values(name) == [wanted], name
