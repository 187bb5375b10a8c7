"""What `bench/run` found, as a Markdown table, and what machine it was."""

import os
import platform
import statistics
import time

COLUMNS = [  # heading, figure, factor, decimals
    ("events/s", "events_per_second", 1, 0),
    ("server CPU-s per million", "server_cpu_seconds_per_million", 1, 2),
    ("system's part", "server_system_seconds_per_million", 1, 2),
    ("client CPU-s per million", "client_cpu_seconds_per_million", 1, 2),
    ("p50 ms", "latency_p50_us", 1e-3, 2),
    ("p99 ms", "latency_p99_us", 1e-3, 2),
    ("resident MB", "server_resident_bytes", 1e-6, 0),
    ("anonymous MB", "server_anonymous_bytes", 1e-6, 0),
    ("disk bytes an event", "disk_bytes_per_event", 1, 0),
    ("ready after kill -9, ms", "ready_after_kill_ms", 1, 0),
]


def sync_micros(scratch, count=300):
    """The median of 4 KiB write + fdatasync into a file that is already there: what an ack costs."""
    times = []
    with open(os.path.join(scratch, "sync"), "w+b") as file:
        file.write(b"\0" * 4096 * count)
        file.flush()
        os.fsync(file.fileno())
        for block in range(count):
            begin = time.perf_counter()
            os.pwrite(file.fileno(), b"x" * 4096, block * 4096)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(times)


def machine(scratch):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return {"cpu": names[0] if names else platform.machine(), "cores": os.cpu_count(),
            "kernel": platform.release(), "sync_us": round(sync_micros(scratch)),
            "load_average": os.getloadavg()[0]}


def markdown(about, rounds, rows, errors):
    lines = [
        f"{about['cores']} cores ({about['cpu']}), Linux {about['kernel']}, write + fdatasync "
        f"{about['sync_us']} µs, load average {about['load_average']:.1f} before; medians of "
        f"up to {rounds} rounds.", "",
        "| workload | " + " | ".join(heading for heading, *_ in COLUMNS) + " |",
        "|---" * (len(COLUMNS) + 1) + "|",
    ]
    for name, row in rows.items():
        cells = [f"{row[figure] * factor:,.{decimals}f}" if figure in row else ""
                 for _, figure, factor, decimals in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [f"| {name} | failed, see above |" + " |" * (len(COLUMNS) - 1) for name in errors]
    return "\n".join(lines)
