"""The part of the checker that looks at one answer at a time: its shape, its counts, and each of its
verdicts against what is stored. Pure functions; violations are (rule, text) pairs."""

from collections import Counter, defaultdict

RULES = {
    "lost": "an acked event is stored",
    "no_original": "duplicate and conflict name the sequence of a stored original",
    "sequence": "accepted sequence = stored sequence",
    "content": "the content is the accepted one; duplicates have it, conflicts do not",
    "answer": "an answer has the right shape, status and counts",
}

NOT_STORED = {400, 413, 415, 507}



def refused(answer):
    """Does this answer promise that nothing was stored?"""
    if answer.status in NOT_STORED:
        return True
    return answer.status == 503 and answer.body.get("stored") == "no"


def acked(submission):
    return submission.answer is not None and submission.answer.status in (200, 409)


def unknown(submission):
    """May be stored or not: unanswered, or answered with `stored: unknown`."""
    return not acked(submission) and not (submission.answer and refused(submission.answer))


def identity(event):
    return (event.topic, event.event_id)


def counts(submission):
    """received, accepted, duplicates, conflicts, invalid of an acked submission. A 409 has none in
    its body: it is one conflict."""
    if submission.answer.status == 409:
        return {"received": 1, "accepted": 0, "duplicates": 0, "conflicts": 1, "invalid": 0}
    names = ("received", "accepted", "duplicates", "conflicts", "invalid")
    return {name: submission.answer.body.get(name, -1) for name in names}


def verdicts(submission):
    """(index, event, status, sequence) of every listed result that belongs to a valid event."""
    results = submission.answer.body.get("results", [])
    if submission.minimal and submission.answer.status == 200:
        rows = _minimal_rows(submission.events, results)
    else:
        rows = enumerate(results)
    for index, result in rows:
        event = submission.events[index] if index < len(submission.events) else None
        if event is not None:
            yield index, event, result["status"], result.get("sequence")


def _minimal_rows(events, results):
    """A minimal answer names the id: it is clear which event is meant if only one has that id."""
    places = defaultdict(list)
    for index, event in enumerate(events):
        if event is not None:
            places[event.event_id].append(index)
    for result in results:
        if result["status"] != "invalid" and len(places[result["event_id"]]) == 1:
            yield places[result["event_id"]][0], result


def check(submission, by_identity):
    """`by_identity`: (topic, event_id) -> readback.Stored."""
    if not acked(submission):
        if submission.answer is None:
            return
        status = submission.answer.status
        if status not in NOT_STORED and status != 503:
            yield "answer", f"{submission.name()}: unexpected status {status}"
        elif status == 400 and (submission.skip or None not in submission.events):
            yield "answer", f"{submission.name()}: 400 {submission.answer.body}"
        return
    yield from _check_counts(submission)
    conflicts = set()
    for index, event, status, sequence in verdicts(submission):
        kept = by_identity.get(identity(event))
        where = f"{submission.name()}[{index}] {identity(event)}: {status} {sequence}"
        if kept is None:
            yield ("lost" if status == "accepted" else "no_original"), f"{where}: not stored"
            continue
        if kept.sequence != sequence:
            rule = "sequence" if status == "accepted" else "no_original"
            yield rule, f"{where}, stored as {kept.sequence}"
        if status == "accepted" and kept.whole != event.whole:
            yield "content", f"{where}: something else is stored"
        if (status == "conflict") != (kept.content != event.content):
            yield "content", f"{where}: the content of the original says otherwise"
        if status == "conflict":
            conflicts.add(index)
    if submission.minimal:
        yield from _check_unlisted(submission, by_identity)


def _check_unlisted(submission, by_identity):
    """What a minimal answer does not list as conflict is stored with the same content."""
    results = submission.answer.body["results"]
    listed = {r.get("event_id") for r in results}
    for index, event in enumerate(submission.events):
        if event is None:
            continue
        kept = by_identity.get(identity(event))
        if kept is None:
            yield "lost", f"{submission.name()}[{index}] {identity(event)}: not stored"
        elif event.event_id not in listed and kept.content != event.content and len(results) < 100:
            yield "content", f"{submission.name()}[{index}]: a conflict that is not listed"


def _check_counts(submission):
    body, name, told = submission.answer.body, submission.name(), counts(submission)
    if submission.answer.status == 409:
        if not submission.bare or [r["status"] for r in body.get("results", ())] != ["conflict"]:
            yield "answer", f"{name}: 409 {body}"
        return
    invalid = submission.events.count(None)
    if told["received"] != len(submission.events) or told["invalid"] != invalid:
        yield "answer", f"{name}: received or invalid: {told}"
    if told["received"] != sum(told.values()) - told["received"]:
        yield "answer", f"{name}: the counts do not add up: {told}"
    if body.get("added_to_queue") != told["accepted"]:
        yield "answer", f"{name}: added_to_queue {body.get('added_to_queue')}: {told}"
    if body.get("status") != ("partial" if told["conflicts"] + told["invalid"] > 0 else "ok"):
        yield "answer", f"{name}: status {body.get('status')} with {told}"
    if submission.bare and told["conflicts"]:
        yield "answer", f"{name}: a bare conflict is 409, not 200"
    if invalid and not submission.skip:
        yield "answer", f"{name}: an invalid event did not refuse the batch"
    if not submission.minimal:
        yield from _check_results(submission, told)


def _check_results(submission, told):
    name, results = submission.name(), submission.answer.body.get("results", [])
    if len(results) != len(submission.events):
        yield "answer", f"{name}: {len(results)} results for {len(submission.events)} events"
        return
    listed = Counter(r["status"] for r in results)
    for count, status in (("accepted",) * 2, ("duplicates", "duplicate"), ("conflicts", "conflict")):
        if told[count] != listed[status]:
            yield "answer", f"{name}: results {dict(listed)} against {told}"
    for event, result in zip(submission.events, results):
        if event is None:
            right = result["status"] == "invalid"
        else:
            right = result["status"] != "invalid" and result["event_id"] == event.event_id
        if not right:
            yield "answer", f"{name}: result {result} for {event}"
