"""sign_test.py: the statistics of a comparison: exact, without other libraries.

The test is the sign test (Arbuthnot 1710), the estimate the median, its interval the test turned round: from
one value to another in their order. It asks only how many differences are above 0, which noise with
long tails does not change; the signed-rank test, better for the normal distribution, needs twice the
blocks here (paired.py). Bounds of rates are those of Clopper and Pearson (1934).
"""
import math


def at_least(k, n):
    """In how many of the 2^n ways of signs k or more are positive."""
    return sum(math.comb(n, i) for i in range(k, n + 1))


def p_greater(differences):
    """The probability of so many above 0, were the median 0; those of 0 are left out. 1.0 for nothing."""
    values = [value for value in differences if value != 0]
    return at_least(sum(value > 0 for value in values), len(values)) / 2 ** len(values)


def estimate(values, confidence=0.95):
    """(median, low, high): an interval of at least that confidence; infinite where they are too few."""
    ordered, n, k = sorted(values), len(values), 0
    while at_least(n - k, n) / 2 ** n <= (1 - confidence) / 2:
        k += 1
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return (middle, ordered[k - 1], ordered[n - k]) if k > 0 else (middle, -math.inf, math.inf)


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
