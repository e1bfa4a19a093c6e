"""Answers to ps1-statistics."""

from functools import reduce

import numpy as np
import torch

from tests.answers.table import Right, Wrong


def kept(counts, means, variances):
    """Counts as a column, means and variances, without empty parts."""
    keep = [k for k, n in enumerate(counts) if n]
    column = torch.tensor([counts[k] for k in keep], dtype=torch.float64)[:, None]
    return column, means[keep], variances[keep]


def formula(
    mean="(n * m).sum(0) / n.sum()", variance="(n * (v + (m - mean) ** 2)).sum(0) / n.sum()"
):
    """An answer from its two formulas; n, m and v are those of parts that are not empty."""
    codes = [compile(text, "<answer>", "eval") for text in (mean, variance)]

    def merge(counts, means, variances):
        n, m, v = kept(counts, means, variances)
        names = {"n": n, "m": m, "v": v}
        names["mean"] = eval(codes[0], names)
        return sum(counts), names["mean"], eval(codes[1], names)

    return merge


def nan_for_empty(counts, means, variances):
    n = torch.tensor(counts, dtype=torch.float64)[:, None]
    mean = (n * means).sum(0) / n.sum()
    return sum(counts), mean, (n * (variances + (means - mean) ** 2)).sum(0) / n.sum()


def empty_as_zero(counts, means, variances):
    counts = [max(1, n) for n in counts]
    return nan_for_empty(counts, means.nan_to_num(), variances.nan_to_num())


def sequential(counts, means, variances):
    """Two at a time, from the left, in whole numbers as long as possible."""
    total, mean, m2 = 0, torch.zeros(means.shape[1]).double(), torch.zeros(means.shape[1]).double()
    for n, m, v in zip(counts, means, variances, strict=True):
        if n:
            step = m - mean
            m2 = m2 + v * n + step**2 * (total / (total + n) * n)
            mean = mean + step * (n / (total + n))
            total += n
    return total, mean, m2 / total


def overflowing(counts, means, variances):
    n = torch.tensor([k for k in counts if k])
    keep = torch.tensor(counts) > 0
    m, v, total = means[keep], variances[keep], n[0]
    mean, m2 = m[0], v[0] * total
    for k in range(1, len(n)):
        step = m[k] - mean
        m2 = m2 + v[k] * n[k] + step**2 * (total * n[k]) / (total + n[k])
        mean = mean + step * n[k] / (total + n[k])
        total = total + n[k]
    return total, mean, m2 / total


def short_counts(counts, means, variances):
    n = torch.tensor(counts, dtype=torch.float32)
    return float(n.sum()), *good(counts, means, variances)[1:]


def single(counts, means, variances):
    count, mean, variance = good(counts, means.float(), variances.float())
    return count, mean.float().double(), variance.float().double()


def single_variances(counts, means, variances):
    count, mean, variance = good(counts, means, variances)
    return count, mean, variance.float().double()


def halves(counts, means, variances):
    """Each new part counts as much as all before it."""
    _, m, v = kept(counts, means, variances)
    mean, variance = m[0], v[0]
    for step, spread in zip(m[1:], v[1:], strict=True):
        variance = (variance + spread) / 2 + (step - mean) ** 2 / 4
        mean = (mean + step) / 2
    return sum(counts), mean, variance


def first_two(counts, means, variances):
    return good(counts[:2], means[:2], variances[:2])


def in_place(counts, means, variances):
    result = good(counts, means, variances)
    variances.sqrt_()
    return result


def pops(counts, means, variances):
    result = good(counts, means, variances)
    counts.pop()
    return result


def unwritten(counts, means, variances):
    raise NotImplementedError


good = formula()
NAIVE = formula(variance="(n * (v + m ** 2)).sum(0) / n.sum() - mean ** 2")

WRONG = [
    Wrong(
        "parts weigh the same", formula("m.mean(0)", "v.mean(0)"), ("each part counts the same",)
    ),
    Wrong(
        "mean right, variances averaged",
        formula(variance="v.mean(0)"),
        ("the variance of merge", "numbers differ"),
    ),
    Wrong(
        "no spread between parts",
        formula(variance="(n * v).sum(0) / n.sum()"),
        ("only the spread within", "two parts"),
    ),
    Wrong(
        "no spread within parts",
        formula(variance="(n * (m - mean) ** 2).sum(0) / n.sum()"),
        ("the spread within the parts is missing",),
    ),
    Wrong(
        "deviations in place of variances",
        formula(variance="(n * (v ** 2 + (m - mean) ** 2)).sum(0) / n.sum()"),
        ("as if they were standard deviations",),
    ),
    Wrong(
        "the deviation is returned",
        formula(variance="((n * (v + (m - mean) ** 2)).sum(0) / n.sum()).sqrt()"),
        ("standard deviation; the variance was asked",),
    ),
    Wrong(
        "count less one",
        formula(variance="(n * (v + (m - mean) ** 2)).sum(0) / (n.sum() - 1)"),
        ("divided by the count less one",),
    ),
    Wrong("the mean of squares less the square", NAIVE, ("large mean", "digits are lost")),
    Wrong("float32", single, ("right to about 6 digits", "float32")),
    Wrong("float32 at the end", single_variances, ("the variance of", "right to about 6 digits")),
    Wrong("nan of empty parts", nan_for_empty, ("empty parts", "0 times nan")),
    Wrong("an empty part counts once", empty_as_zero, ("empty parts", "count for nothing")),
    Wrong("int64 overflows", overflowing, ("billions of pixels", "int64")),
    Wrong("counts in float32", short_counts, ("billions of pixels", "the count")),
    Wrong("halves", halves, ("two parts", "each part counts the same")),
    Wrong("two parts alone", first_two, ("many parts", "count")),
    Wrong("alters the variances", in_place, ("same variances", "in place")),
    Wrong("shortens the counts", pops, ("same counts", "in place")),
    Wrong("no count", lambda n, m, v: good(n, m, v)[1:], ("three values", "a tuple of 2")),
    Wrong("text", lambda n, m, v: ("3", m[0], v[0]), ("count is a value of type str",)),
    Wrong("a count a part", lambda n, m, v: (torch.tensor(n), m[0], v[0]), ("count is a value",)),
    Wrong("a mean over channels", formula("m.mean()", "v.mean()"), ("shape (3,)", "shape ()")),
    Wrong("nothing", lambda n, m, v: None, ("nothing (None)", "return")),
    Wrong("unwritten", unwritten, ("not written yet",)),
    Wrong("two arguments", lambda means, variances: 0, ("called as merge(counts, means",)),
]


def two(left, right):
    (a, p, u), (b, q, w) = left, right
    share = b / (a + b)
    between = share * (1 - share) * (q - p) ** 2
    return a + b, p + share * (q - p), u + share * (w - u) + between


def by_reduction(counts, means, variances):
    parts = zip(counts, means, variances, strict=True)
    return reduce(two, [part for part in parts if part[0]])


def as_a_tree(counts, means, variances):
    parts = [p for p in zip(counts, means, variances, strict=True) if p[0]]
    while len(parts) > 1:
        paired = [two(*pair) for pair in zip(parts[::2], parts[1::2], strict=False)]
        parts = paired + parts[len(paired) * 2 :]
    return list(parts[0])


def by_numpy(counts, means, variances):
    m, v = np.nan_to_num(means.numpy()), np.nan_to_num(variances.numpy())
    mean = np.average(m, axis=0, weights=counts)
    variance = np.average(v + (m - mean) ** 2, axis=0, weights=counts)
    return np.sum(counts), torch.from_numpy(mean), torch.from_numpy(variance)


def from_a_pivot(counts, means, variances):
    """The mean of squares less the square of the mean, seen from one part's mean."""
    n, m, v = kept(counts, means, variances)
    pivot = m[0]
    count, mean, variance = NAIVE(n[:, 0].tolist(), m - pivot, v)
    return int(count), pivot + mean, variance


def a_tensor_count(counts, means, variances):
    count, mean, variance = sequential(counts, means, variances)
    return torch.tensor(count), mean, variance


RIGHT = [
    Right("around the common mean", good),
    Right("two at a time", sequential),
    Right("reduced by shares", by_reduction),
    Right("as a tree, a list", as_a_tree),
    Right("numpy's average", by_numpy),
    Right("from a pivot", from_a_pivot),
    Right("the count as a tensor", a_tensor_count),
]
