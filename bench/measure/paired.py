"""paired.py: the paired comparison of two programs on one cell.

A block is four slots in random order, ABBA or BAAB; a slot is the median of three runs, so that slow
drifts fall on both alike. d = ((ln B1 + ln B2) - (ln A1 + ln A2)) / 2. Before each block a calibration
scan says whether the machine is as fast as it was; a block that is 10 % slow is repeated, and too many
of those are "too noisy". Twenty blocks with p < 0.01 (Wilcoxon, one-sided) and a median above 1 % make
a suspect; twenty fresh ones must say so again. Only then is it a regression.
"""
import dataclasses
import math
import time

import measured
import signed_rank

BLOCKS, RUNS = 20, 3
P_MAX, EFFECT_MIN = 0.01, 0.01
SLOW, REPEATS_MAX = 1.10, 20


@dataclasses.dataclass
class Timer:
    """Seconds of one run of each side. planted is a delay of B, as a share, for the self-test."""
    commands: dict  # "A", "B", and "scan": the calibration
    planted: float = 0.0

    def run(self, side):
        seconds = measured.checked(self.commands[side]).seconds
        if side == "B" and self.planted:
            start = time.perf_counter()
            while time.perf_counter() - start < seconds * self.planted:
                pass
            seconds += time.perf_counter() - start
        return seconds

    def slot(self, side):
        return measured.median([self.run(side) for _ in range(RUNS)])


class TooNoisy(Exception):
    """The machine is not quiet enough to say anything."""


@dataclasses.dataclass
class Blocks:
    """Blocks as they come; remembers how fast the scan was."""
    timer: Timer
    random: object
    scans: list = dataclasses.field(default_factory=list)
    repeated: int = 0

    def calibrated(self):
        """Is the machine as fast as it was? The first scans say how fast that is."""
        while len(self.scans) < 3:
            self.scans.append(self.timer.run("scan"))
        seconds = self.timer.run("scan")
        usual = measured.median(self.scans)
        self.scans.append(seconds)
        return seconds <= usual * SLOW

    def one(self):
        """A block's difference: a logarithm, above 0 where B is slower."""
        while not self.calibrated():
            self.repeated += 1
            if self.repeated > REPEATS_MAX:
                raise TooNoisy(f"{self.repeated} of {len(self.scans)} calibrations were 10 % slow")
        logs = {"A": 0.0, "B": 0.0}
        for side in self.random.choice(("ABBA", "BAAB")):
            logs[side] += math.log(self.timer.slot(side))
        return (logs["B"] - logs["A"]) / 2

    def many(self, n=BLOCKS):
        return [self.one() for _ in range(n)]


def slower(differences):
    """Do these blocks say that B is slower?"""
    return (measured.median(differences) > math.log1p(EFFECT_MIN)
            and signed_rank.p_greater(differences) < P_MAX)


def faster(differences):
    return slower([-difference for difference in differences])


def decide(draw):
    """(verdict, blocks): draw(n) gives fresh blocks. A suspect is asked again, and only then guilty."""
    first = draw(BLOCKS)
    if not slower(first):
        return ("faster" if faster(first) else "same"), first
    second = draw(BLOCKS)
    return ("slower" if slower(second) else "same"), first + second


def effect(differences):
    """(estimate, low, high) of B's time over A's, minus 1, at 95 %."""
    return tuple(math.expm1(value) for value in signed_rank.estimate(differences))
