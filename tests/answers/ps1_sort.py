"""Answers to ps1-sort."""

import re
from bisect import insort
from collections import defaultdict
from itertools import groupby

from tests.answers.table import Right, Wrong


def number(name):
    return int(name[15:23])


def leaves(synsets):
    return {k: wnid for k, wnid, children in synsets if not children}


def sort_by(class_of, classes=None, order=sorted):
    """An answer that asks `class_of(name, names, truth, synsets)`."""

    def sort_pictures(names, truth, synsets):
        wnids = leaves(synsets)
        folders = {wnid: [] for wnid in (classes(synsets) if classes else wnids.values())}
        for name in order(names):
            wnid = class_of(name, names, truth, synsets)
            if wnid is None:
                raise ValueError(f"{name} has no class")
            folders.setdefault(wnid, []).append(name)
        return folders

    return sort_pictures


def own(name, names, truth, synsets):
    return leaves(synsets).get(truth[number(name) - 1])


def one_late(name, names, truth, synsets):
    return leaves(synsets).get(truth[number(name) % len(truth)])


def one_early(name, names, truth, synsets):
    return leaves(synsets).get(truth[number(name) - 2])


def as_listed(name, names, truth, synsets):
    return leaves(synsets).get(truth[names.index(name)])


def as_sorted(name, names, truth, synsets):
    return leaves(synsets).get(truth[sorted(names).index(name)])


def by_place(name, names, truth, synsets):
    return list(leaves(synsets).values())[truth[number(name) - 1] - 1]


def by_sorted_ids(name, names, truth, synsets):
    return sorted(leaves(synsets).values())[truth[number(name) - 1] - 1]


def any_synset(name, names, truth, synsets):
    return {k: wnid for k, wnid, _ in synsets}.get(truth[number(name) - 1])


def by_look_up(names, truth, synsets):
    wnids = leaves(synsets)
    folders = {wnid: [] for wnid in wnids.values()}
    for name in sorted(names):
        folders[wnids[truth[number(name) - 1]]].append(name)
    return folders


def strangers_left_out(names, truth, synsets):
    wnids = leaves(synsets)
    known = [name for name in names if truth[number(name) - 1] in wnids]
    return good(known, truth, synsets)


def by_default(names, truth, synsets):
    folders = defaultdict(list)
    for wnid, listed in good(names, truth, synsets).items():
        folders[wnid] += listed
    return folders


def sorts_the_list(names, truth, synsets):
    names.sort()
    return good(names, truth, synsets)


def pops_the_truth(names, truth, synsets):
    result = good(names, truth, synsets)
    truth.pop()
    return result


def keyed_by_number(names, truth, synsets):
    result = good(names, truth, synsets)
    return {k: result[wnid] for k, wnid in leaves(synsets).items()}


def one_more(names, truth, synsets):
    return good(names, truth, synsets) | {"others": []}


def numbers(names, truth, synsets):
    result = good(names, truth, synsets)
    return {wnid: [number(name) for name in listed] for wnid, listed in result.items()}


def sets(names, truth, synsets):
    return {wnid: set(listed) for wnid, listed in good(names, truth, synsets).items()}


def unwritten(names, truth, synsets):
    raise NotImplementedError


def all_keys(synsets):
    return [wnid for _, wnid, _ in synsets]


def filled_only(names, truth, synsets):
    return {wnid: listed for wnid, listed in good(names, truth, synsets).items() if listed}


def backwards(names):
    return sorted(names, reverse=True)


good = sort_by(own)

WRONG = [
    Wrong("a class is its place in the table", sort_by(by_place), ("place in the table",)),
    Wrong("networks' order", sort_by(by_sorted_ids), ("order of sorted WordNet ids",)),
    Wrong("truth counted from 0", sort_by(one_late), ("gets the next line",)),
    Wrong("one line too early", sort_by(one_early), ("the line before its own",)),
    Wrong("k-th name, line k", sort_by(as_listed), ("k-th name of the list", "two missing")),
    Wrong("counted off", sort_by(as_sorted), ("a missing picture moves all", "two missing")),
    Wrong("in the folder's order", sort_by(own, order=list), ("another order", "two missing")),
    Wrong("backwards", sort_by(own, order=backwards), ("another order", "numbers of the map")),
    Wrong("a key for every synset", sort_by(own, all_keys), ("with children is no class",)),
    Wrong("only classes with pictures", filled_only, ("its list is empty", "no key")),
    Wrong("no leaf, no error", sort_by(any_synset), ("a ValueError", "6, a synset that has")),
    Wrong("a KeyError", by_look_up, ("a ValueError", "KeyError: 6")),
    Wrong("strangers left out", strangers_left_out, ("a ValueError", "must stop the sorting")),
    Wrong("a defaultdict", by_default, ("plain dictionary", "type defaultdict")),
    Wrong("sorts the caller's list", sorts_the_list, ("same names", "in place")),
    Wrong("shortens the truth", pops_the_truth, ("same truth", "in place")),
    Wrong("numbers as keys", keyed_by_number, ("plain dictionary", "its keys are strings")),
    Wrong("a class too many", one_more, ("WordNet ids of the table", "the key 'others'")),
    Wrong("numbers, not names", numbers, ("names that were given",)),
    Wrong("sets", sets, ("a list of names", "type set")),
    Wrong("nothing", lambda names, truth, synsets: None, ("nothing (None)", "return")),
    Wrong("pairs", lambda n, t, s: [*good(n, t, s).items()], ("plain dictionary", "a list of 5")),
    Wrong("unwritten", unwritten, ("not written yet",)),
    Wrong("two arguments", lambda names, truth: {}, ("called as sort_pictures(names, truth",)),
]


def by_regular_expression(names, truth, synsets):
    found = sorted((int(re.search(r"(\d{8})\.JPEG$", name)[1]), name) for name in names)
    wnids = leaves(synsets)
    unknown = [name for k, name in found if truth[k - 1] not in wnids]
    if unknown:
        raise ValueError(f"no leaf synset for {unknown[0]}")
    return {w: [name for k, name in found if truth[k - 1] == c] for c, w in wnids.items()}


def by_insertion(names, truth, synsets):
    result = {wnid: [] for _, wnid, children in synsets if children == 0}
    for name in names:
        row = [s for s in synsets if s[0] == truth[number(name) - 1] and s[2] == 0]
        if not row:
            raise ValueError(name)
        insort(result[row[0][1]], name)
    return result


def by_groups(names, truth, synsets):
    wnids = leaves(synsets)
    if any(truth[number(name) - 1] not in wnids for name in names):
        raise ValueError("a class that the table does not have")
    pairs = sorted((truth[number(name) - 1], name) for name in names)
    groups = {k: tuple(n for _, n in g) for k, g in groupby(pairs, lambda pair: pair[0])}
    return {wnid: groups.get(k, ()) for k, wnid in wnids.items()}


def checks_the_whole_truth(names, truth, synsets):
    if set(truth) - leaves(synsets).keys():
        raise ValueError("a number that is no leaf's")
    return by_look_up(names, truth, synsets)


def key_error_turned(names, truth, synsets):
    try:
        return by_look_up(names, truth, synsets)
    except KeyError as error:
        raise ValueError(f"no class {error}") from error


RIGHT = [
    Right("a loop over sorted names", good),
    Right("a regular expression, a list for each class", by_regular_expression),
    Right("sorted insertion, the table searched each time", by_insertion),
    Right("groups of sorted pairs, as tuples", by_groups),
    Right("the whole truth is checked first", checks_the_whole_truth),
    Right("a KeyError turned into a ValueError", key_error_turned),
]
