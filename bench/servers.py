"""The servers that `bench/run` measures: oncelog and what one would use instead of it.

    server = Redis(directory)            # an empty directory of its own
    server.start()
    [*server.client(), "--events", ...]  # the load for it; server.pid is its first process
    server.stop(); server.disk_bytes()

Each runs as a child of this process, on a socket in its directory or a port that the system chose,
and is stopped by its process id; nothing that is already running on the machine is touched.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.path.join(ROOT, "build", "release")
PEERS = os.path.join(BUILD, "tests", "peers")
sys.path.insert(0, os.path.join(ROOT, "tests", "crash"))
from server import Server, ServerError, serve_command, wait_until  # noqa: E402

POSTGRES = "/usr/lib/postgresql/15/bin"
START_SECONDS = 30


def bytes_under(directory, without=()):
    """What the files below it have allocated."""
    total = 0
    for folder, folders, files in os.walk(directory):
        folders[:] = [name for name in folders if name not in without]
        total += sum(os.lstat(os.path.join(folder, name)).st_blocks * 512 for name in files)
    return total


class Oncelog:
    def __init__(self, directory, binary, environment=None):
        self.directory, self.binary = directory, binary
        command = serve_command(binary, os.path.join(directory, "data"))
        self._server = Server(command, os.path.join(directory, "log"), environment=environment)

    @property
    def pid(self):
        return self._server.pid

    @property
    def port(self):
        return self._server.port

    def start(self):
        """Returns the seconds until it was ready."""
        self._server.start()
        return self._server.wait_ready()

    def client(self):
        return [self.binary, "bench", "--url", f"http://127.0.0.1:{self.port}", "--json"]

    def kill(self):
        self._server.kill()

    def stop(self):
        self._server.stop()

    def disk_bytes(self):
        return bytes_under(self.directory)


class _Process:
    """A peer: a child process with its output in a file."""

    stop_signal = signal.SIGTERM
    packages = ""

    def __init__(self, directory):
        self.directory = directory
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def _spawn(self, command, ready):
        if shutil.which(command[0]) is None:
            raise ServerError(f"{command[0]} is not installed: apt-get install {self.packages}")
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log, cwd=self.directory)
        wait_until(lambda: self._process.poll() is not None or ready(), f"{command[0]} answers",
                   START_SECONDS)
        if self._process.poll() is not None:
            with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as log:
                raise ServerError(f"{command[0]} ended: {log.read()[-1000:]}")

    def stop(self):
        if self._process is None:
            return
        self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def disk_bytes(self):
        return bytes_under(self.directory)


class Redis(_Process):
    """Append-only file, synced before each answer; never rewritten or snapshotted meanwhile."""

    packages = "redis-server"

    def start(self):
        self._socket = os.path.join(self.directory, "socket")
        self._spawn(["redis-server", "--port", "0", "--unixsocket", self._socket, "--save", "",
                     "--appendonly", "yes", "--appendfsync", "always",
                     "--auto-aof-rewrite-percentage", "0", "--dir", self.directory], self._answers)

    def _answers(self):
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(self._socket)
                client.sendall(b"PING\r\n")
                return client.recv(100).startswith(b"+PONG")
            except OSError:
                return False

    def client(self):
        return [PEERS, "redis", "--at", self._socket]


class Postgres(_Process):
    """A cluster of its own, tuned where it costs no durability."""

    stop_signal = signal.SIGINT  # "fast": ends the sessions
    packages = "postgresql-15"
    settings = {
        "listen_addresses": "", "max_connections": "100", "fsync": "on", "synchronous_commit": "on",
        "shared_buffers": "1GB", "max_wal_size": "16GB", "checkpoint_timeout": "1h",
        "wal_buffers": "64MB", "wal_init_zero": "on", "wal_recycle": "on", "jit": "off",
        "autovacuum": "off", "track_activities": "off", "track_counts": "off",
    }
    table = """CREATE TABLE events (
        position bigint GENERATED ALWAYS AS IDENTITY, topic text COLLATE "C" NOT NULL,
        event_id text COLLATE "C" NOT NULL, event text NOT NULL, PRIMARY KEY (topic, event_id))"""

    def start(self):
        data = os.path.join(self.directory, "data")
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.directory, owner.pw_uid, owner.pw_gid)
        subprocess.run([*self._as_owner(), f"{POSTGRES}/initdb", "-D", data, "-U", "postgres", "-A",
                        "trust", "-E", "UTF8", "--locale=C", "-N"], check=True, capture_output=True,
                       cwd=self.directory)
        settings = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        self._spawn([*self._as_owner(), f"{POSTGRES}/postgres", "-D", data, "-k", self.directory,
                     *settings], lambda: self._psql("SELECT 1") == 0)
        if self._psql(self.table) != 0:
            raise ServerError("PostgreSQL did not make the table")
        self._empty_bytes = self._table_bytes()

    @staticmethod
    def _as_owner():  # it refuses to run as root
        if os.getuid() != 0:
            return []
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]

    def _psql(self, statement):
        return subprocess.run(["psql", "-X", "-q", "-h", self.directory, "-U", "postgres", "-c", statement],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode

    def client(self):
        return [PEERS, "postgres", "--at", f"host={self.directory} user=postgres dbname=postgres"]

    def _table_bytes(self):
        return bytes_under(self.directory, without=("pg_wal",))  # which is bounded, not per event

    def disk_bytes(self):
        return self._table_bytes() - self._empty_bytes


class Nats(_Process):
    """JetStream with a file store. It acknowledges what it has handed to the operating system, and
    syncs every two minutes; version 2.9 has no setting for more."""

    packages = "nats-server"
    stream = {"name": "bench", "subjects": ["bench.*"], "storage": "file", "retention": "limits",
              "num_replicas": 1, "duplicate_window": 3600 * 10**9}

    def start(self):
        self._spawn(["nats-server", "-js", "-sd", os.path.join(self.directory, "store"), "-a",
                     "127.0.0.1", "-p", "-1", "--ports_file_dir", self.directory], self._find_port)
        self._make_stream()

    def _find_port(self):
        path = os.path.join(self.directory, f"nats-server_{self._process.pid}.ports")
        try:
            with open(path, encoding="utf-8") as file:
                self._port = int(json.load(file)["nats"][0].rsplit(":", 1)[1])
        except (OSError, ValueError):  # not there, or not whole yet
            return False
        return True

    def _make_stream(self):
        config = json.dumps(self.stream)
        with socket.create_connection(("127.0.0.1", self._port), START_SECONDS) as client:
            client.sendall(("CONNECT {\"verbose\":false}\r\nSUB made 1\r\n"
                            f"PUB $JS.API.STREAM.CREATE.bench made {len(config)}\r\n{config}\r\n").encode())
            said, end = b"", time.monotonic() + START_SECONDS
            while b"MSG made" not in said or not said.endswith(b"}\r\n"):
                piece = client.recv(65536)
                if not piece or time.monotonic() > end:
                    break
                said += piece
        if b'"did_create":true' not in said:
            raise ServerError(f"NATS made no stream: {said[-500:]!r}")

    def client(self):
        return [PEERS, "nats", "--at", f"127.0.0.1:{self._port}"]


class DurableNats(Nats):
    """The same with synchronous writes, by an attribute of its directory (ext4, as root)."""

    def start(self):
        done = subprocess.run(["chattr", "+S", self.directory], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ServerError(f"chattr +S: {done.stderr.strip()}")
        super().start()
