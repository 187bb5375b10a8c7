"""Are the four promises kept? A pure function over what the publishers know and what is stored.

    violations = check(submissions, stored, observed)    # [] when every promise held

`submissions`: oracle.Submission of all publishers. `stored`: readback.Readback of a quiet store.
`observed`: (topic, event_id, sequence) that readers were shown while it ran, across crashes.

Every violation carries the name of its rule (see RULES), so that a test of this checker can say
which one must turn red. Nothing here looks at the clock, a file or a socket.
"""

from collections import Counter, defaultdict
from typing import NamedTuple

import check_answer
import check_read
from check_answer import acked, counts, identity, refused, unknown, verdicts

RULES = {
    "twice": "an identity is stored once",
    "never_sent": "what is stored was sent, as it was sent",
    "refused_stored": "nothing of a refused request is stored",
    "split": "a batch is stored whole or not at all",
    "accepted_again": "after a verdict an identity is never accepted again",
    "order": "events acked one after the other are stored in that order",
    "observed": "what a reader was shown stays",
} | check_answer.RULES | check_read.RULES


class Violation(NamedTuple):
    rule: str
    text: str


class _History:
    """The submissions, ordered for the questions of the rules."""

    def __init__(self, submissions):
        self.submissions = sorted(submissions, key=lambda s: s.started)
        self.senders = defaultdict(list)  # (topic, id), whole -> submissions that sent it so
        self.identities = set()
        for submission in self.submissions:
            for sent in {(identity(e), e.whole) for e in submission.events if e}:
                self.senders[sent].append(submission)
                self.identities.add(sent[0])


def check(submissions, stored, observed=()):
    history, by_identity = _History(submissions), {}
    for event in stored.scan:
        by_identity.setdefault((event.topic, event.event_id), event)
    found = [
        *_check_once(stored, by_identity),
        *(row for s in history.submissions for row in check_answer.check(s, by_identity)),
        *_check_stored(history, by_identity),
        *_check_batches(history, by_identity),
        *_check_verdict_times(history),
        *_check_order(history),
        *_check_observed(observed, by_identity),
        *check_read.check(stored),
        *_check_counters(history, stored),
    ]
    assert all(rule in RULES for rule, _ in found)
    return [Violation(*row) for row in found]


def _check_once(stored, by_identity):
    for event in stored.scan:
        first = by_identity[event.topic, event.event_id]
        if first is not event:
            yield "twice", f"{event[:2]} as sequence {first.sequence} and {event.sequence}"


def _check_observed(observed, by_identity):
    for topic, event_id, sequence in observed:
        event = by_identity.get((topic, event_id))
        if event is None or event.sequence != sequence:
            yield "observed", f"a reader saw {(topic, event_id)} as {sequence}: now {event}"


def _refuses_itself(submission):
    """One invalid event refuses the whole request."""
    return None in submission.events and not submission.skip


def _can_store(submission):
    return (acked(submission) or unknown(submission)) and not _refuses_itself(submission)


def _check_stored(history, by_identity):
    for who, kept in by_identity.items():
        senders = history.senders.get((who, kept.whole), ())
        if who not in history.identities:
            yield "never_sent", f"{who}: nobody sent it"
        elif not senders:
            yield "never_sent", f"{who}: stored otherwise than it was ever sent"
        elif not any(_can_store(s) for s in senders):
            names = ", ".join(s.name() for s in senders[:5])
            yield "refused_stored", f"{who}: only refused requests sent it so: {names}"


def _first_sent(submission):
    """identity -> Event of its first arrival in this request: the one that may be stored."""
    first = {}
    for event in submission.events:
        if event is not None:
            first.setdefault(identity(event), event)
    return first


def _check_batches(history, by_identity):
    """Stamps are unique per request, so the stored bytes tell which request stored an event."""
    attempts = defaultdict(list)
    for submission in history.submissions:
        attempts[submission.publisher, submission.request].append(submission)
    owner = Counter()  # (identity, whole) -> how many requests sent exactly this
    for same in attempts.values():
        owner.update((i, e.whole) for i, e in _first_sent(same[0]).items())
    for same in attempts.values():
        first = _first_sent(same[0])
        if len(first) < 2 or _refuses_itself(same[0]):
            continue
        stored = {i for i in first if i in by_identity}
        ours = {
            i for i in stored
            if by_identity[i].whole == first[i].whole and owner[i, first[i].whole] == 1
        }
        if ours and len(stored) < len(first):
            missing = f"{len(first) - len(stored)} of {len(first)} missing"
            yield "split", f"{same[0].name()}: {len(ours)} stored by it, {missing}"
        for submission in same:
            if not acked(submission) or submission.minimal:
                continue
            accepted, early = _verdicts_of_first(submission, ours)
            if accepted and early:
                some = f"{sorted(early)[:3]}, but not {sorted(accepted)[:3]}"
                yield "split", f"{submission.name()}: an attempt before it stored {some}"


def _verdicts_of_first(submission, ours):
    """Identities this attempt accepted, and those that an earlier attempt must have stored."""
    seen, accepted, early = set(), set(), set()
    for _, event, status, _ in verdicts(submission):
        who = identity(event)
        if who in seen:
            continue
        seen.add(who)
        if status == "accepted":
            accepted.add(who)
        elif who in ours:
            early.add(who)
    return accepted, early


def _check_verdict_times(history):
    accepted = {}  # identity -> submission that was told "accepted"
    told = {}  # identity -> the earliest end of a submission with a verdict on it
    answered = [s for s in history.submissions if acked(s)]
    for submission in answered:
        for _, event, status, _ in verdicts(submission):
            who = identity(event)
            ended = submission.answer.ended
            told[who] = min(told.get(who, ended), ended)
            if status == "accepted":
                if who in accepted:
                    names = f"{accepted[who].name()} and {submission.name()}"
                    yield "accepted_again", f"{who}: accepted for {names}"
                accepted[who] = submission
    for who, submission in accepted.items():
        if told[who] < submission.started:
            yield "accepted_again", f"{who}: {submission.name()} accepted it after a verdict"


def _check_order(history):
    """Real time: what was known stored before a request began stands before what it stored."""
    moments = []
    for submission in history.submissions:
        if not acked(submission):
            continue
        last = {}
        for index, event, status, sequence in verdicts(submission):
            if sequence is None:
                continue
            known = last.setdefault(event.topic, [0, None, 0])
            known[0] = max(known[0], sequence)
            if status == "accepted":
                if sequence <= known[2]:
                    where = f"{submission.name()}[{index}]"
                    yield "order", f"{where}: sequence {sequence} behind {known[2]}"
                known[1] = sequence if known[1] is None else min(known[1], sequence)
                known[2] = sequence
        for topic, (high, low, _) in last.items():
            moments.append((submission.answer.ended, 1, topic, high, submission))
            if low is not None:
                moments.append((submission.started, 0, topic, low, submission))
    heads = {}
    for _, ends, topic, sequence, submission in sorted(moments, key=lambda m: m[:2]):
        if ends:
            heads[topic] = max(heads.get(topic, 0), sequence)
        elif sequence <= heads.get(topic, 0):
            known = f"{heads[topic]} was acked before it began"
            yield "order", f"{submission.name()}: {topic} {sequence}, but {known}"


def _check_counters(history, stored):
    """Durable counts: exact for what is stored, and between what was acked and what may have come."""
    sure, maybe, conflicts, maybe_conflicts = Counter(), Counter(), Counter(), 0
    for submission in history.submissions:
        valid = [e for e in submission.events if e]
        if acked(submission):
            told = counts(submission)
            sure[None] += told["duplicates"] + told["conflicts"]
            conflicts[None] += told["conflicts"]
            for _, event, status, _ in verdicts(submission):
                sure[event.topic] += status in ("duplicate", "conflict")
                conflicts[event.topic] += status == "conflict"
            if submission.minimal:  # its duplicates are not listed
                maybe.update(event.topic for event in valid)
        elif unknown(submission) and not _refuses_itself(submission):
            maybe[None] += len(valid)
            maybe_conflicts += len(valid)
            maybe.update(event.topic for event in valid)
    return check_read.check_counters(stored, sure, maybe, conflicts, maybe_conflicts)
