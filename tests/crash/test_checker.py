"""The test of the test: the checker is silent about a right store and red for every broken one.

No processes, no clock: publishers, crashes and a reader are simulated around fake_store.Store, from
a seed. tests/crash/test_fake_loop.py does the same with real processes and SIGKILL.
"""

import itertools
import random

import pytest

import check_answer
import check_read
import checker
import fake_store
import oracle
import readback
import workload

# What a broken store must be caught at.
EXPECTED = {
    "lose_acked": {"lost", "content", "sequence"},
    "store_twice": {"twice", "accepted_again"},
    "seen_first": {"no_original"},
    "gap": {"gap"},
    "split_batch": {"split"},
    "forget_counts": {"counters"},
    "last_wins": {"content"},
    "stamp_is_content": {"content"},
    "conflict_as_duplicate": {"content"},
    "wrong_sequence": {"no_original"},
    "unordered_scan": {"scan"},
    "early_read": {"observed"},
    "store_refused": {"refused_stored"},
    "wrong_total": {"counters"},
}


class CrashingDisk(list):
    """Ends the process before or after one record in so many."""

    def __init__(self, choose):
        super().__init__()
        self._choose = choose

    def append(self, record):
        if self._choose.random() < 0.05:
            raise fake_store.Crash
        super().append(record)
        if self._choose.random() < 0.05:
            raise fake_store.Crash

    def extend(self, records):
        for record in records:
            self.append(record)


class Simulation:
    def __init__(self, mode, seed):
        self._choose = random.Random(f"simulation/{seed}")
        self._clock = itertools.count(1)
        self._mode = mode
        self.submissions, self.observed = [], set()
        self._workers = [workload.Workload(seed, p, batch_max=12) for p in range(3)]
        self.store = self._restart(CrashingDisk(self._choose))

    def _restart(self, disk):
        return fake_store.Store(disk, self._mode, pause=lambda: self._observe())

    def _observe(self):
        for event in self.store.scan():
            self.observed.add((event["topic"], event["event_id"], event["sequence"]))

    def run(self, requests):
        for _ in range(requests):
            self._deliver(self._choose.choice(self._workers))
        return self

    def _deliver(self, worker):
        request = worker.next()
        for attempt in itertools.count(1):
            if self._attempt(worker, request, attempt):
                return
            if self._choose.random() < 0.4:
                return

    def _attempt(self, worker, request, attempt):
        meta = request.meta
        sent = oracle.Submission(
            f"p{worker.publisher}", request.number, attempt, next(self._clock), meta["skip"],
            meta["minimal"], meta["bare"],
            oracle.events_of(request.text, meta["ndjson"], meta["invalid"]))
        self.submissions.append(sent)
        events, bare = fake_store.events_of(request.text, meta["ndjson"])
        try:
            answer = self.store.publish(events, meta["minimal"], bare, meta["skip"])
        except fake_store.Crash:
            self.store = self._restart(self.store.disk)
            return False
        sent.answer = oracle.Answer(next(self._clock), *answer)
        return True

    def _by_topic(self):
        return {topic: [readback.stored_of(e, fake_store.meant(e)) for e in self.store.scan(topic)]
                for topic in self.store.heads}

    def check(self):
        stored = [readback.stored_of(e, fake_store.meant(e)) for e in self.store.scan()]
        return checker.check(self.submissions, readback.Readback(
            scan=stored, ndjson=list(stored), newest_first=stored[::-1][:5_000],
            by_topic=self._by_topic(), topics=self.store.topics(), stats=self.store.stats()), self.observed)


@pytest.mark.parametrize("seed", range(8))
def test_a_right_store_is_right(seed):
    simulation = Simulation("", seed).run(150)
    assert simulation.check() == []
    unknown = sum(checker.unknown(s) for s in simulation.submissions)
    assert unknown > 5, "the simulation must crash, or it proves nothing"


@pytest.mark.parametrize("mode", fake_store.BROKEN)
def test_a_broken_store_is_found(mode):
    rules = set()
    for seed in range(4):
        rules |= {v.rule for v in Simulation(mode, seed).run(150).check()}
    assert EXPECTED[mode] <= rules


# One change to a right history at a time: each must be found by the rule that is about it.


def _with_answer(simulation, status):
    """The first full answer that lists a result with this status, and the result."""
    for submission in simulation.submissions:
        if submission.answer and not submission.minimal:
            for index, result in enumerate(submission.answer.body.get("results", ())):
                if result["status"] == status:
                    return submission, index, result
    raise AssertionError(f"no {status} in the simulation")


def _sequence_of_accepted(simulation):
    _with_answer(simulation, "accepted")[2]["sequence"] += 1


def _sequence_of_duplicate(simulation):
    _with_answer(simulation, "duplicate")[2]["sequence"] += 1


def _result_of_another(simulation):
    _with_answer(simulation, "accepted")[2]["event_id"] += "x"


def _result_missing(simulation):
    _with_answer(simulation, "accepted")[0].answer.body["results"].pop()


def _count_wrong(simulation):
    for submission in simulation.submissions:
        if submission.answer and submission.answer.status == 200:
            submission.answer.body["duplicates"] += 1
            return


def _strange_status(simulation):
    _with_answer(simulation, "accepted")[0].answer.status = 500


def _accepted_twice(simulation):
    _with_answer(simulation, "duplicate")[2]["status"] = "accepted"


def _acked_event_gone(simulation):
    acked = {
        result["event_id"]
        for submission in simulation.submissions if submission.answer
        for result in submission.answer.body.get("results", ()) if result["status"] == "accepted"
    }
    simulation.store.events.remove(next(
        e for e in _of_the_fullest_topic(simulation)[:-1] if e["event"]["event_id"] in acked))


def _of_the_fullest_topic(simulation):
    events, heads = simulation.store.events, simulation.store.heads
    topic = max(heads, key=heads.get)
    return [e for e in events if e["event"]["topic"] == topic]


def _stored_otherwise(simulation):
    event = simulation.store.events[3]["event"]
    simulation.store.events[3]["event"] = event | {"source": "somebody else"}


def _stored_by_nobody(simulation):
    event = simulation.store.events[-1]
    topic = event["event"]["topic"]
    simulation.store.heads[topic] += 1
    simulation.store.events.append(
        event | {"event": event["event"] | {"event_id": "new"}, "sequence": simulation.store.heads[topic]})


def _swapped(simulation):
    """Two events of one topic, acked one after the other, change places."""
    first, *_, last = _of_the_fullest_topic(simulation)
    first["event"], last["event"] = last["event"], first["event"]
    for submission in simulation.submissions:
        for result in submission.answer.body.get("results", ()) if submission.answer else ():
            for one, other in ((first, last), (last, first)):
                if result["event_id"] == one["event"]["event_id"]:
                    result["sequence"] = one["sequence"]


def _earlier_received_at(simulation):
    simulation.store.events[-1]["received_at"] = "2001-01-01T00:00:00.000Z"


def _seen_by_a_reader(simulation):
    simulation.observed.add(("crash.t0", "never stored", 1))


def _topic_not_counted(simulation):
    stats = simulation.store.stats()
    stats["events_per_topic"].popitem()
    simulation.store.stats = lambda: stats


@pytest.mark.parametrize("change, rule", [
    (_sequence_of_accepted, "sequence"),
    (_sequence_of_duplicate, "no_original"),
    (_result_of_another, "answer"),
    (_result_missing, "answer"),
    (_count_wrong, "answer"),
    (_strange_status, "answer"),
    (_accepted_twice, "accepted_again"),
    (_acked_event_gone, "lost"),
    (_acked_event_gone, "gap"),
    (_stored_otherwise, "never_sent"),
    (_stored_by_nobody, "never_sent"),
    (_swapped, "order"),
    (_earlier_received_at, "received_at"),
    (_seen_by_a_reader, "observed"),
    (_topic_not_counted, "counters"),
])
def test_one_wrong_thing_is_found(change, rule):
    simulation = Simulation("", 1).run(100)
    change(simulation)
    assert rule in {v.rule for v in simulation.check()}


def test_every_rule_has_turned_red_somewhere():
    cases = test_one_wrong_thing_is_found.pytestmark[0].args[1]
    assert set().union(*EXPECTED.values()) | {rule for _, rule in cases} == set(checker.RULES)
