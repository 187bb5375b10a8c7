"""What a server's process holds: memory, and open files by kind.

    held = Held.of(pid, data_directory)
    held.resident_bytes, held.files_of_data, held.deleted, held.others
"""

import os
from dataclasses import dataclass


@dataclass
class Held:
    resident_bytes: int = 0
    files_of_data: int = 0  # open files of the data directory
    deleted: int = 0  # of these, those that have no name any more
    others: int = 0  # sockets, pipes, and whatever else

    @staticmethod
    def of(pid, data):
        held = Held()
        with open(f"/proc/{pid}/statm", encoding="ascii") as figures:
            held.resident_bytes = int(figures.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        folder = f"/proc/{pid}/fd"
        for name in os.listdir(folder):
            try:
                target = os.readlink(os.path.join(folder, name))
            except FileNotFoundError:  # closed meanwhile
                continue
            if target.startswith(str(data) + "/"):
                held.files_of_data += 1
                held.deleted += target.endswith(" (deleted)")
            else:
                held.others += 1
        return held


def files_in(data):
    return sum(len(files) for _, _, files in os.walk(data))
