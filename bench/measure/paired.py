"""paired.py: the paired comparison of two programs on one cell.

A block is four runs in random order, ABBA or BAAB, so that what drifts falls on both alike:
d = ((ln B1 + ln B2) - (ln A1 + ln A2)) / 2. 150 blocks of which more are above 0 than chance would have (sign
test, one-sided, p < 0.05), with a median above 1 %, make a suspect; 150 fresh ones must say so again. Only
then is it a regression.

Why many blocks of short runs: a machine that others use is slow for a second and fast for the next, so runs
that stand beside each other are alike, and the shorter they are the nearer they stand. Measured in turns, a
second each, for two minutes (q2 used, two cores of an EPYC), 20 s of blocks give a median whose standard
error is 0.27 % with runs of 14 ms (one pass over 100 MB), 0.41 % with 23 ms, 0.48 % with 60 ms; slots that are
medians of three runs, and few blocks, were worse still. A scan before each block, which had it repeated
where the scan was slow, only lost time: whether too little can be said shows in the width of the interval.

Why signs: some blocks are off by a fifth and more (of 7,930 blocks with 2 % planted the standard deviation was
16.7 %, half of them within 4.4 % of their median). Drawn anew from those, +2 % is found in 96 % of cases by
signs, in 54 % by Wilcoxon's signed ranks; means of pairs and trimmed means are no better than the median.
"""
import dataclasses
import math
import time

import measured
import sign_test

BLOCKS = 150
P_MAX, EFFECT_MIN = 0.05, 0.01


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


def slower(differences):
    """Do these blocks say that B is slower?"""
    return (measured.median(differences) > math.log1p(EFFECT_MIN)
            and sign_test.p_greater(differences) < P_MAX)


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
    return tuple(math.expm1(value) for value in sign_test.estimate(differences))
