"""What a disk may hold when the power goes, made from what the shim (power_loss/) noted.

    disk = Disk(root, random.Random(7))    # all that is there now is on stable storage
    ... the process lives, and is killed ...
    disk.replay(journal)                   # what it did; may be called again after its next life
    disk.check_complete()                  # the files are what the journal says: nothing went unseen
    how = disk.lose_power()                # root now holds what survived, all of it durable

What survives a power loss:
- bytes and sizes of a file: what was written before a sync of it began that succeeded; of each later
  change nothing, all, or any of its sectors of 512 bytes;
- names: those whose directory was synced afterwards; each later change of a directory for itself
  (a rename is one change);
- what a sync that failed should have covered: perhaps, and no later sync helps.
"""

import os
import shutil
import struct
from dataclasses import dataclass, field

SECTOR = 512
_HEADER = struct.Struct("=IIQQQQ")
(CREATE, MAKE_DIRECTORY, WRITE, ZEROS, RESIZE, RENAME, LINK, REMOVE, SYNC_BEGIN, SYNC_DONE,
 SYNC_FAILED, UNKNOWN) = range(1, 13)


class ModelError(Exception):
    """The shim did not see everything: no verdict would mean anything."""


@dataclass(eq=False)
class File:
    cached: bytearray = field(default_factory=bytearray)  # what a process reads
    durable: bytearray = field(default_factory=bytearray)


@dataclass(eq=False)
class Directory:
    cached: dict = field(default_factory=dict)  # name -> File or Directory
    durable: dict = field(default_factory=dict)


@dataclass(eq=False)
class Change:
    """A change that no sync has covered yet."""

    number: int  # the order in which changes were made

    def touches(self, node):
        raise NotImplementedError

    def apply(self):
        """To stable storage, whole."""
        raise NotImplementedError


@dataclass(eq=False)
class Written(Change):
    file: File
    offset: int
    data: object  # bytes, or how many zeros

    def touches(self, node):
        return self.file is node

    def _size(self):
        return self.data if isinstance(self.data, int) else len(self.data)

    def apply(self):
        put(self.file.durable, self.offset, self.data)

    def apply_part(self, random, prefix):
        """To stable storage, torn: a beginning (prefix), or any sectors of it."""
        end = self.offset + self._size()
        cuts = [self.offset, *range((self.offset // SECTOR + 1) * SECTOR, end, SECTOR), end]
        pieces = list(zip(cuts, cuts[1:]))
        if prefix:
            pieces = pieces[:random.randrange(len(pieces))]
        else:
            share = random.random()
            pieces = [piece for piece in pieces if random.random() < share]
        for begin, piece_end in pieces:
            data = (piece_end - begin if isinstance(self.data, int)
                    else self.data[begin - self.offset:piece_end - self.offset])
            put(self.file.durable, begin, data)
        if random.random() < 0.3:  # the size got there, the bytes did not
            put(self.file.durable, max(len(self.file.durable), end), b"")


@dataclass(eq=False)
class Resized(Change):
    file: File
    size: int

    def touches(self, node):
        return self.file is node

    def apply(self):
        resize(self.file.durable, self.size)


@dataclass(eq=False)
class Renamed(Change):
    """Names set or, with None, removed: one change, whatever it touches."""

    entries: list  # (Directory, name, node or None)

    def touches(self, node):
        return any(directory is node for directory, _, _ in self.entries)

    def apply(self):
        for directory, name, node in self.entries:
            _set(directory.durable, name, node)


def put(content, offset, data):
    size = data if isinstance(data, int) else len(data)
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset:offset + size] = bytes(size) if isinstance(data, int) else data


def resize(content, size):
    if size < len(content):
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))


def _set(names, name, node):
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


class Disk:
    def __init__(self, root, random):
        self.root = os.path.abspath(str(root))
        self._random = random
        self.syncs = 0  # that were done, since the beginning
        self._read_all()

    # --- what the process did ---------------------------------------------------------------------

    def replay(self, path):
        """What the journal at `path` holds beyond what was replayed before."""
        with open(path, "rb") as journal:
            journal.seek(self._replayed)
            while head := journal.read(_HEADER.size):
                kind, text_bytes, inode, a, b, data_bytes = _HEADER.unpack(head)
                text = journal.read(text_bytes).decode()
                data = journal.read(data_bytes)
                if len(data) != data_bytes:
                    raise ModelError("the journal ends inside a record")
                self._take(kind, inode, a, b, text, data)
            self._replayed = journal.tell()

    def _take(self, kind, inode, a, b, text, data):
        self._number += 1
        if kind == UNKNOWN:
            raise ModelError(f"a call that the model does not know: {text}")
        if kind in (CREATE, MAKE_DIRECTORY):
            self._inodes[inode] = node = File() if kind == CREATE else Directory()
            self._rename([(text, node)])
        elif kind == RENAME:
            old, new = text.split("\0")
            node = self._lookup(old)
            self._rename([(old, None), (new, node)])
        elif kind == LINK:
            old, new = text.split("\0")
            self._rename([(new, self._lookup(old))])
        elif kind == REMOVE:
            self._rename([(text, None)])
        elif kind in (WRITE, ZEROS):
            change = Written(self._number, self._inodes[inode], a, data if kind == WRITE else b)
            put(change.file.cached, a, change.data)
            self._pending.append(change)
        elif kind == RESIZE:
            change = Resized(self._number, self._inodes[inode], a)
            resize(change.file.cached, a)
            self._pending.append(change)
        elif kind == SYNC_BEGIN:
            self._begun[inode, a] = self._number
        else:
            self._end_sync(self._inodes[inode], self._begun.pop((inode, a)), kind == SYNC_DONE)

    def _end_sync(self, node, begun, done):
        rest = []
        for change in self._pending:
            if not change.touches(node) or change.number > begun:
                rest.append(change)
            elif done:
                change.apply()
            else:
                self._perhaps(change)
        self._pending = rest
        self.syncs += done

    def _rename(self, entries):
        change = Renamed(self._number, [(*self._parent(path), node) for path, node in entries])
        for directory, name, node in change.entries:
            _set(directory.cached, name, node)
        self._pending.append(change)

    def _parent(self, path):
        if not path.startswith(self.root + "/"):
            raise ModelError(f"{path}: a change of the root itself, or across its border")
        directory, name = os.path.split(path)
        return self._lookup(directory), name

    def _lookup(self, path):
        node = self._top
        for name in path[len(self.root):].split("/"):
            node = node.cached[name] if name else node
        return node

    def check_complete(self):
        """Raises a ModelError where the files differ from what the journal says."""
        self._compare(self._top, self.root)

    def _compare(self, node, path):
        if isinstance(node, File):
            with open(path, "rb") as file:
                if file.read() != node.cached:
                    raise ModelError(f"{path} was changed by a call that the shim did not see")
            return
        there = set(os.listdir(path))
        if there != node.cached.keys():
            raise ModelError(f"{path}: {sorted(there ^ node.cached.keys())} came or went unseen")
        for name, child in node.cached.items():
            self._compare(child, os.path.join(path, name))

    # --- the power goes ---------------------------------------------------------------------------

    def unsynced(self):
        return len(self._pending)

    def lose_power(self):
        """The root holds what survives, and nothing else; yields how that was chosen, in words."""
        random, pending = self._random, self._pending
        how = random.choice(("synced", "all", "prefix", "random", "random"))
        if how == "all":
            for change in pending:
                change.apply()
        elif how == "prefix":
            whole = random.randrange(len(pending) + 1)
            for change in pending[:whole]:
                change.apply()
            for change in pending[whole:whole + 1]:
                if isinstance(change, Written):
                    change.apply_part(random, prefix=True)
        elif how == "random":
            for change in pending:
                self._perhaps(change)
        self._materialise()
        return f"{how} of {len(pending)} changes"

    def _perhaps(self, change):
        pick = self._random.random()
        if pick < 0.35:
            change.apply()
        elif pick < 0.7 and isinstance(change, Written):
            change.apply_part(self._random, prefix=self._random.random() < 0.5)

    def _materialise(self):
        for name in os.listdir(self.root):
            path = os.path.join(self.root, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        self._write_out(self._top, self.root)
        replayed = self._replayed
        self._read_all()
        self._replayed = replayed

    def _write_out(self, directory, path):
        for name, node in directory.durable.items():
            there = os.path.join(path, name)
            if isinstance(node, Directory):
                os.mkdir(there)
                self._write_out(node, there)
            else:
                with open(there, "wb") as file:
                    file.write(node.durable)

    def _read_all(self):
        """What is there is on stable storage."""
        self._replayed = self._number = 0
        self._pending, self._begun, self._inodes = [], {}, {}
        self._top = self._read(self.root)

    def _read(self, path):
        if os.path.isdir(path):
            names = {name: self._read(os.path.join(path, name)) for name in os.listdir(path)}
            node = Directory(names, dict(names))
        else:
            with open(path, "rb") as file:
                content = file.read()
            node = File(bytearray(content), bytearray(content))
        self._inodes[os.stat(path).st_ino] = node
        return node
