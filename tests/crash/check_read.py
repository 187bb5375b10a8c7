"""The part of the checker that needs no publisher: do the read paths and the counters of one store
agree with each other? Pure functions; answers are (rule, text) pairs."""

RULES = {
    "gap": "the sequences of a topic are 1..n",
    "scan": "all read paths show the same events in the same order",
    "received_at": "received_at never goes back in the order of durability",
    "counters": "the counters equal a recount",
}


def check(stored):
    found = []
    by_topic = {}
    for event in stored.scan:
        by_topic.setdefault(event.topic, []).append(event)
    for topic, events in by_topic.items():
        sequences = [e.sequence for e in events]
        if sequences != list(range(1, len(events) + 1)):
            wrong = next(i for i, s in enumerate(sequences) if s != i + 1)
            rule = "scan" if sorted(sequences) == list(range(1, len(events) + 1)) else "gap"
            found.append((rule, f"{topic}: place {wrong + 1} of {len(events)} is {sequences[wrong]}"))
    for name, other in (("NDJSON", stored.ndjson), ("descending", stored.newest_first)):
        wanted = stored.scan if name == "NDJSON" else stored.scan[::-1][: len(other)]
        complete = len(other) == len(stored.scan) or name == "descending" and len(other) >= 5_000
        if other != wanted or not complete:
            found.append(("scan", f"{name}: {_difference(other, wanted)}"))
    for topic in by_topic.keys() | stored.by_topic.keys():
        one, other = stored.by_topic.get(topic, []), by_topic.get(topic, [])
        if one != other:
            found.append(("scan", f"?topic={topic}: {_difference(one, other)}"))
    times = [e.received_at for e in stored.scan]
    for before, after in zip(times, times[1:]):
        if after < before:
            found.append(("received_at", f"{after} behind {before}"))
            break
    return found


def _difference(one, other):
    for index, (a, b) in enumerate(zip(one, other)):
        if a != b:
            return f"place {index}: {a} against {b}"
    return f"{len(one)} events against {len(other)}"


def check_counters(stored, sure, maybe, conflicts, maybe_conflicts):
    """`sure`/`maybe`: duplicates (conflicts included) that were acked, and that may have come on
    top; by topic, and under None for the whole store. `conflicts`: those among the acked."""
    found = []

    def want(what, value, low, high=None):
        high = low if high is None else high
        if not isinstance(value, int) or not low <= value <= high:
            found.append(("counters", f"{what} is {value}, wanted {low}..{high}"))

    stats = stored.stats
    want("total_events", stats.get("total_events"), len(stored.scan))
    want("unique_processed", stats.get("unique_processed"), len(stored.scan))
    dropped = stats.get("duplicate_dropped")
    want("duplicate_dropped", dropped, sure[None], sure[None] + maybe[None])
    want("received", stats.get("received"), len(stored.scan) + (dropped or 0))
    want("conflicts", stats.get("conflicts"), conflicts[None], conflicts[None] + maybe_conflicts)
    recount = {}
    for event in stored.scan:
        recount[event.topic] = recount.get(event.topic, 0) + 1
    want("total_topics", stats.get("total_topics"), len(stored.topics))
    if set(recount) - set(stored.topics):
        found.append(("counters", f"/topics lacks {sorted(set(recount) - set(stored.topics))[:5]}"))
    per_topic = stats.get("events_per_topic", {})
    if len(per_topic) != min(stored.listed_max, len(recount)):
        found.append(("counters", f"events_per_topic has {len(per_topic)} of {len(recount)} topics"))
    for topic, count in per_topic.items():
        want(f"events_per_topic of {topic}", count, recount.get(topic, 0))
    total = 0
    for name, info in stored.topics.items():
        want(f"events of /topics {name}", info.get("events"), recount.get(name, 0))
        want(f"last_sequence of {name}", info.get("last_sequence"), recount.get(name, 0))
        duplicates = info.get("duplicate_dropped")
        want(f"duplicates of {name}", duplicates, sure[name], sure[name] + maybe[name])
        want(f"conflicts of {name}", info.get("conflicts"), conflicts[name], sure[name] + maybe[name])
        total += duplicates or 0
    want("duplicate_dropped against the sum over topics", dropped, total)
    return found
