"""Runs containers out of an image archive (`docker save`) without Docker: the layers are unpacked
into a directory, and the program runs chrooted into it as the image's user, with the image's
environment, as process 1 of its own process namespace, over a volume directory. Needs root.

    image = Image(archive, folder)
    container = Container(image, volume, ONCELOG_LISTEN="0.0.0.0:4711")
    container.start()                        # the image's entrypoint and command
    container.run("stats", "--json")         # like `docker exec … oncelog stats --json`
    container.kill()
"""

import json
import os
import pathlib
import signal
import subprocess
import tarfile

WHITEOUT = ".wh."  # a layer's word for what it deletes of those below
NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
# Mounts vanish with the namespace; nothing of them is left behind. All but the volume is read-only.
ENTER = """
set -e
root=$1 volume=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount --bind "$volume" "$root/data"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" --groups= "$root" "$@"
"""


class Image:
    def __init__(self, archive, folder):
        self.root = pathlib.Path(folder) / "root"
        self.root.mkdir(mode=0o755)  # the image's user has to get in
        with tarfile.open(archive) as outer:
            manifest = json.load(outer.extractfile("manifest.json"))[0]
            self.config = json.load(outer.extractfile(manifest["Config"]))["config"]
            for layer in manifest["Layers"]:
                self._unpack(outer.extractfile(layer))

    def _unpack(self, layer):
        with tarfile.open(fileobj=layer) as inner:
            for member in inner:
                name = os.path.basename(member.name)
                if name.startswith(WHITEOUT):
                    gone = self.root / os.path.dirname(member.name) / name.removeprefix(WHITEOUT)
                    subprocess.run(["rm", "-rf", "--one-file-system", gone], check=True)
                else:
                    inner.extract(member, self.root, numeric_owner=True)

    @property
    def environment(self):
        return dict(one.split("=", 1) for one in self.config["Env"])

    @property
    def command(self):
        return self.config["Entrypoint"] + self.config["Cmd"]


class Container:
    def __init__(self, image, volume, **environment):
        self.image = image
        self.volume = volume
        self.environment = image.environment | environment
        self.process = None

    def _words(self, command):
        return [*NAMESPACES, "sh", "-c", ENTER, "sh", self.image.root, self.volume,
                self.image.config["User"], *command]

    def start(self):
        """The image's own command; returns its first line of output."""
        self.process = subprocess.Popen(
            self._words(self.image.command), env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return self.process.stdout.readline()

    def run(self, *words, stdin=""):
        """The image's program, with other words; like the health check, beside the server."""
        return self.execute([*self.image.config["Entrypoint"], *words], stdin)

    def execute(self, command, stdin=""):
        return subprocess.run(self._words(command), env=self.environment, text=True, input=stdin,
                              capture_output=True, check=False, timeout=60)

    def server_pid(self):
        """Process 1 of the container, as the host counts."""
        pid = self.process.pid
        return int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii"))

    def stop(self):
        """As `docker stop` does; the exit code of the server."""
        os.kill(self.server_pid(), getattr(signal, self.image.config["StopSignal"]))
        return self._wait()

    def kill(self):
        os.kill(self.server_pid(), signal.SIGKILL)
        self._wait()

    def dispose(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()  # and its child with it: --kill-child
            self._wait()

    def _wait(self):
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        return code
