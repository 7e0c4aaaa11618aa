"""signed_rank.py: the statistics of a comparison: exact, without other libraries.

The test is Wilcoxon's signed-rank test (1945), its distribution counted exactly, also with ties (equal
distances share the mean of their ranks; differences of 0 are left out). The estimate is that of Hodges
and Lehmann (1963): the median of the means of all pairs, its interval the test turned round. Bounds of
rates are those of Clopper and Pearson (1934).
"""
import functools
import itertools
import math


def ranks(values):
    """Twice the ranks of the distances from 0, so that means of ranks stay whole numbers."""
    order = sorted(range(len(values)), key=lambda i: abs(values[i]))
    doubled, i = [0] * len(values), 0
    while i < len(order):
        last = i
        while last + 1 < len(order) and abs(values[order[last + 1]]) == abs(values[order[i]]):
            last += 1
        for at in order[i:last + 1]:
            doubled[at] = i + last + 2  # twice the mean of the ranks i + 1 to last + 1
        i = last + 1
    return doubled


@functools.lru_cache
def at_least_of(doubled):
    """at_least() of ranks in ascending order: without ties they are always the same. The ways to each sum are
    the coefficients of the product of all (1 + x^rank), as digits of one long number: 200 ranks take
    0.1 s, a list of numbers 1.5."""
    width = len(doubled) // 8 + 1  # bytes of a digit: there are 2^n ways
    product = 1
    for rank in doubled:
        product += product << 8 * width * rank
    digits = product.to_bytes(width * (sum(doubled) + 1), "big")
    ways = (int.from_bytes(digits[at:at + width]) for at in range(0, len(digits), width))
    return list(itertools.accumulate(ways))[::-1]


def at_least(doubled):
    """In how many of the 2^n ways of signs the positive ranks add up to s or more, for each s."""
    return at_least_of(tuple(sorted(doubled)))


def p_greater(differences):
    """The probability of so large a sum of positive ranks, were the median 0. 1.0 for nothing."""
    values = [value for value in differences if value != 0]
    if not values:
        return 1.0
    doubled = ranks(values)
    observed = sum(rank for rank, value in zip(doubled, values) if value > 0)
    return at_least(doubled)[observed] / 2 ** len(values)


def walsh(values):
    """The means of all pairs, each value with itself among them, ascending."""
    return sorted((values[i] + values[j]) / 2 for i in range(len(values)) for j in range(i, len(values)))


def estimate(values, confidence=0.95):
    """(median, low, high): Hodges and Lehmann's, and an interval of at least that confidence."""
    means = walsh(values)
    n = len(means)
    middle = (means[(n - 1) // 2] + means[n // 2]) / 2
    ways, k = at_least(range(1, len(values) + 1)), 0
    tail = (1 - confidence) / 2 * 2 ** len(values)
    while k < n and ways[-1 - k] <= tail:  # as many as have k or less
        k += 1
    if k == 0:  # too few values for so much confidence
        return middle, -math.inf, math.inf
    return middle, means[k - 1], means[n - k]


def at_most(k, n, p):
    """The probability of k or fewer successes out of n; n may be large."""
    if p <= 0 or p >= 1:
        return 1.0 if p <= 0 or k >= n else 0.0
    whole, yes, no = math.lgamma(n + 1), math.log(p), math.log1p(-p)
    return math.fsum(math.exp(whole - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * yes + (n - i) * no)
                     for i in range(k + 1))


def rate(k, n, confidence=0.95):
    """(rate, low, high) of k successes out of n."""
    tail = (1 - confidence) / 2

    def solve(inside):
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if inside(middle) else (low, middle)
        return low

    lower = 0.0 if k == 0 else solve(lambda p: 1 - at_most(k - 1, n, p) < tail)
    upper = 1.0 if k == n else solve(lambda p: at_most(k, n, p) > tail)
    return k / n, lower, upper
