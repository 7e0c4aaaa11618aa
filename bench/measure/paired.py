"""paired.py: the paired comparison of two programs on one cell.

A block is four runs in random order, ABBA or BAAB, so that what drifts falls on both alike:
d = ((ln B1 + ln B2) - (ln A1 + ln A2)) / 2. Sixty blocks with p < 0.05 (Wilcoxon, one-sided) and a median
above 1 % make a suspect; sixty fresh ones must say so with p < 0.01. Only then is it a regression.

Why single runs, and many blocks: a machine that others use is slow for a second and fast for the next, so
runs that stand beside each other are alike (0.84 is the correlation of neighbours, 0.28 that of runs five
apart). Of 1,260 runs of one program, by 0.08 s, on two cores of an EPYC: the same number of runs as 20 blocks
whose slots are medians of three runs differ by 5.4 % (standard deviation), three blocks of single runs
averaged by 2.7 %. Resampled, +2 % is found in 32 % of cases by the former, in 80 % by this, +3 % in 78 and
99 %, and nothing in 0.00 and 0.01 % of cells. A scan before each block, which had it repeated where the scan
was 10 % slow, only lost time: whether too little can be said shows in the width of the interval.
"""
import dataclasses
import math
import time

import measured
import signed_rank

BLOCKS = 60
P_SUSPECT, P_GUILTY, EFFECT_MIN = 0.05, 0.01, 0.01


@dataclasses.dataclass
class Timer:
    """Seconds of one run of each side. planted is a delay of B, as a share, for the self-test."""
    commands: dict  # "A" and "B"
    planted: float = 0.0

    def run(self, side):
        seconds = measured.checked(self.commands[side]).seconds
        if side == "B" and self.planted:
            start = time.perf_counter()
            while time.perf_counter() - start < seconds * self.planted:
                pass
            seconds += time.perf_counter() - start
        return seconds


def block(run, order):
    """The difference of one block: a logarithm, above 0 where B is slower. run("A") gives seconds."""
    logs = {"A": 0.0, "B": 0.0}
    for side in order.choice(("ABBA", "BAAB")):
        logs[side] += math.log(run(side))
    return (logs["B"] - logs["A"]) / 2


def slower(differences, p_max):
    """Do these blocks say that B is slower?"""
    return (measured.median(differences) > math.log1p(EFFECT_MIN)
            and signed_rank.p_greater(differences) < p_max)


def faster(differences):
    return slower([-difference for difference in differences], P_GUILTY)


def decide(draw):
    """(verdict, blocks): draw(n) gives fresh blocks. A suspect is asked again, and only then guilty."""
    first = draw(BLOCKS)
    if not slower(first, P_SUSPECT):
        return ("faster" if faster(first) else "same"), first
    second = draw(BLOCKS)
    return ("slower" if slower(second, P_GUILTY) else "same"), first + second


def effect(differences):
    """(estimate, low, high) of B's time over A's, minus 1, at 95 %."""
    return tuple(math.expm1(value) for value in signed_rank.estimate(differences))
