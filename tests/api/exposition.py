"""Reads the Prometheus text format, as far as oncelog writes it."""

import re

SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-z]+)="((?:\\.|[^"\\])*)"')


class Scrape:
    """One scrape: kinds and helps by family, samples by name and labels."""

    def __init__(self, text):
        self.kinds, self.helps, self.labels, self.samples = {}, {}, {}, {}
        for line in text.splitlines():
            if line.startswith("# HELP "):
                name, self.helps[name] = line[7:].split(" ", 1)
            elif line.startswith("# TYPE "):
                family, kind = line[7:].split(" ")
                assert family not in self.kinds, f"{family} is there twice"
                self.kinds[family] = kind
            else:
                name, labels, value = SAMPLE.match(line).groups()
                labels = dict(LABEL.findall(labels or ""))
                key = (name, frozenset(labels.items()))
                assert key not in self.samples, f"{line} is there twice"
                self.samples[key] = float(value)
                self.labels.setdefault(family, set()).update(labels)

    def __call__(self, name, **labels):
        """The value of one sample; 0 for one that is not there."""
        return self.samples.get((name, frozenset(labels.items())), 0)

    def sum(self, name, **labels):
        """Over all samples of the name that have these labels."""
        return sum(value for (one, its), value in self.samples.items()
                   if one == name and its >= frozenset(labels.items()))
