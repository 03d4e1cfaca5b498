"""Which comics of one title are one series, and what their series are called.

Two runs of a title, such as “X-Men” of 2019 and of 2021, are series of their own. What tells them
apart is, from the surest to the least sure: the folders that hold them, the year in which a run
began, the years of loose files whose numbers begin again, and the languages that comics say they
are in, if a number is there in several.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from .library import ComicMetadata, Placement
from .reading_order import Place, is_start_year, issue_key
from .text_keys import title_identity

_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_YEARS = re.compile(r"((?:19|20)[0-9]{2})(?: ?[-–—] ?(?:(?:19|20)[0-9]{2})?)?")
_Place = tuple[float, str, str]
_FIRST_PLACE: _Place = (-1, "", "")
_RUN_IN_TITLE = re.compile(r"(?P<title>.*\S) ?\((?P<run>(?:19|20)[0-9]{2}[^()]{0,12})\)")


@dataclass(frozen=True)
class Member:
    """A comic with what tells its series from others of the same title.

    ``title`` is that of the series, and ``series_id`` the series in which the comic is listed now.
    A comic ``may_be_alone`` if nothing but a folder of its own name says that it is in a series.
    """

    comic_id: str
    title: str
    number: str
    volume: int | float | None
    year: int | None
    placement: Placement
    series_id: str | None = None
    may_be_alone: bool = False
    language: str = ""

    @property
    def run_year(self) -> int | None:
        """The year in which the comic's run began, if its volume or its name says so."""
        if self.volume is not None and is_start_year(self.volume):
            return int(self.volume)
        return self.placement.run_year

    @cached_property
    def place(self) -> _Place:
        """What no two comics of one run have in common."""
        volume = 0 if self.volume is None or is_start_year(self.volume) else self.volume
        return volume, title_identity(self.placement.branch or " "), issue_key(self.number)


@dataclass(frozen=True)
class Run:
    """Comics that are one series. ``label`` tells it from others of its title, or is empty."""

    title: str
    label: str
    members: tuple[Member, ...]

    @property
    def name(self) -> str:
        """The name of the series: “X-Men”, or “X-Men (2019)” if there are others."""
        return run_name(self.title, self.label)


@dataclass(frozen=True)
class _Group:
    """Comics of one run, with what may tell it from the others."""

    members: tuple[Member, ...]
    editions: tuple[str, ...] = ()
    shelf: str = ""
    year: int | None = None


def run_name(title: str, label: str) -> str:
    """Return the title with the label behind it, in the form that all programs read."""
    return f"{title} ({label})" if label and not title.endswith(f"({label})") else title


def place_of(metadata: ComicMetadata) -> Place:
    """Return where in its series the comic says that it stands."""
    return Place(metadata.number, metadata.volume, metadata.placement.branch)


def split_title(title: str) -> tuple[str, str]:
    """Return title and run of a declared series: “X-Men (2019)” is “X-Men” and “2019”."""
    found = _RUN_IN_TITLE.fullmatch(title)
    return (found["title"], found["run"]) if found else (title, "")


def find_runs(members: Sequence[Member]) -> list[Run]:
    """Return the runs among the comics of one title, which are given oldest first.

    A title with one run keeps its plain name, as Kavita calls it, although its folder may be called
    “Batman (2011)”: the name stays short, and links and shares that show it stay as they were. The
    year joins the name when a second run comes, while the id stays.
    """
    groups = [part for group in _groups(members) for part in _by_language(group)]
    labels = _labels(groups) if len(groups) > 1 else [""] * len(groups)
    return [
        Run(_title(group.members, is_alone=len(groups) == 1), label, group.members)
        for group, label in zip(groups, labels, strict=True)
    ]


def is_one_shot(run: Run) -> bool:
    """Return whether the run is a single comic that is not said to be in a series."""
    return len(run.members) == 1 and run.members[0].may_be_alone


def _title(members: Sequence[Member], *, is_alone: bool) -> str:
    """Return the spelling that most of the comics have; of a tie, that of the first comic."""
    spellings = Counter(
        member.title if is_alone else split_title(member.title)[0] for member in members
    )
    return spellings.most_common(1)[0][0]


def _groups(members: Sequence[Member]) -> list[_Group]:
    homes: dict[tuple[str, ...], list[Member]] = {}
    loose: list[Member] = []
    for member in members:
        place = member.placement
        if place.in_folder or place.editions:
            key = (place.shelf, *place.editions)
            homes.setdefault(tuple(map(title_identity, key)), []).append(member)
        else:
            loose.append(member)
    groups = [group for home in homes.values() for group in _groups_of_home(home)]
    for cluster in _clusters(loose):
        _join(groups, cluster)
    age = {member.comic_id: index for index, member in enumerate(members)}
    in_order = [
        replace(group, members=tuple(sorted(group.members, key=lambda one: age[one.comic_id])))
        for group in groups
    ]
    return sorted(in_order, key=lambda group: (group.year or 0, age[group.members[0].comic_id]))


def _groups_of_home(members: list[Member]) -> list[_Group]:
    """Return the runs in one folder.

    Its comics are one run, unless years of runs differ and the numbers begin again with a year.
    """
    place = members[0].placement
    year = _first_year(place.editions)
    if year is not None:
        return [_Group(tuple(members), place.editions, place.shelf, year)]
    runs = _restarts(members)
    named = len(runs) > 1
    return [
        _Group(tuple(run), place.editions, place.shelf, start if named else None)
        for start, run in runs
    ]


def _restarts(members: list[Member]) -> list[tuple[int | None, list[Member]]]:
    """Return the runs by the years that the comics say their run began in.

    A year whose numbers continue those before it belongs to the run before it, because some taggers
    write the year of the issue. Comics that do not say a year join the run that lacks their number.
    """
    by_year: dict[int, list[Member]] = {}
    for member in members:
        if member.run_year is not None:
            by_year.setdefault(member.run_year, []).append(member)
    runs: list[tuple[int | None, list[Member]]] = []
    for year, own in sorted(by_year.items()):
        if runs and _continues(runs[-1][1], own):
            runs[-1][1].extend(own)
        else:
            runs.append((year, list(own)))
    if len(runs) < 2:
        return [(runs[0][0] if runs else None, members)]
    for member in members:
        if member.run_year is None:
            _fitting_run(runs, member).append(member)
    return runs


def _continues(run: Iterable[Member], later: Iterable[Member]) -> bool:
    """Return whether the later comics have higher numbers than the run, or none."""
    numbers = [issue_key(member.number) for member in run if not member.placement.branch]
    following = [issue_key(member.number) for member in later if not member.placement.branch]
    return not following or not numbers or min(following) > max(numbers)


def _fitting_run(runs: Sequence[tuple[int | None, list[Member]]], member: Member) -> list[Member]:
    started = [run for start, run in runs if member.year and start and start <= member.year]
    if started:
        return started[-1]
    lacking = [run for _, run in runs if member.place not in {other.place for other in run}]
    return lacking[0] if lacking else max((run for _, run in runs), key=len)


def _clusters(members: Sequence[Member]) -> list[_Cluster]:
    """Return the runs of files that no folder holds together.

    A number that is there already, in another year, begins a new run; each other number continues
    the run in which it leaves the smallest gap.
    """
    clusters: list[_Cluster] = []
    for member in sorted(members, key=lambda member: (_any_year(member), member.place)):
        open_to = [cluster for cluster in clusters if cluster.takes(member)]
        if not open_to:
            open_to = [_Cluster()]
            clusters += open_to
        max(open_to, key=lambda cluster: cluster.place_before(member)).add(member)
    return clusters


class _Cluster:
    """Loose files that are one run so far."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.run_years: set[int] = set()
        self._years: dict[_Place, set[int]] = {}
        self._places: list[_Place] = []

    def add(self, member: Member) -> None:
        self.members.append(member)
        if member.run_year is not None:
            self.run_years.add(member.run_year)
        self._years.setdefault(member.place, set()).add(_any_year(member))
        insort(self._places, member.place)

    def takes(self, member: Member) -> bool:
        """Return whether the comic may belong to the run.

        It does not if the run began in another year, or has the number from another year.
        """
        year = member.run_year
        if year is not None and self.run_years and year not in self.run_years:
            return False
        return not _differ(self._years.get(member.place, set()), _any_year(member))

    def place_before(self, member: Member) -> _Place:
        """Return the last place that is not behind the comic, or one before all others."""
        index = bisect_right(self._places, member.place)
        return self._places[index - 1] if index else _FIRST_PLACE


def _differ(years: Iterable[int], year: int) -> bool:
    """Return whether both are known and not the same. 0 is an unknown year."""
    return bool(year) and any(other not in {0, year} for other in years)


def _any_year(member: Member) -> int:
    return member.run_year or member.year or 0


def _join(groups: list[_Group], cluster: _Cluster) -> None:
    """Add loose files to the run of a folder if it may be theirs, or as a run of their own.

    Of several runs it is the last one that began before the files' first year.
    """
    first_year = min((year for member in cluster.members if (year := _any_year(member))), default=0)
    fitting = [
        (group.year or 0, -index)
        for index, group in enumerate(groups)
        if (not first_year or (group.year or 0) <= first_year)
        and (not cluster.run_years or group.year is None or group.year in cluster.run_years)
        and all(cluster.takes(member) for member in group.members)
    ]
    if fitting:
        index = -max(fitting)[1]
        members = (*groups[index].members, *cluster.members)
        groups[index] = replace(groups[index], members=members)
    else:
        groups.append(_Group(tuple(cluster.members), year=first_year or None))


def _by_language(group: _Group) -> list[_Group]:
    """Return the comics of a run by their language if a number is there in several languages.

    Otherwise they stay together, because taggers often leave the language out. Comics that do not
    say their language join the largest part that lacks their number.
    """
    languages: dict[_Place, set[str]] = {}
    for member in group.members:
        if member.language:
            languages.setdefault(member.place, set()).add(member.language)
    if all(len(found) < 2 for found in languages.values()):
        return [group]
    counts = Counter(member.language for member in group.members if member.language)
    largest_first = sorted(counts, key=lambda language: (-counts[language], language))
    parts: dict[str, list[Member]] = {language: [] for language in largest_first}
    for member in group.members:
        there = languages.setdefault(member.place, set())
        lacking = [language for language in largest_first if language not in there]
        language = member.language or (lacking or largest_first)[0]
        there.add(language)
        parts[language].append(member)
    return [
        replace(group, members=tuple(part), editions=(*group.editions, language))
        for language, part in parts.items()
    ]


def _first_year(editions: Iterable[str]) -> int | None:
    return next((int(found[0]) for one in editions if (found := _YEAR.search(one))), None)


def _labels(groups: Sequence[_Group]) -> list[str]:
    """Return a label for each run: its year or edition, and more only where these are the same.

    At most one run has an empty label.
    """
    common = set.intersection(*(set(group.editions) for group in groups))
    attributes: tuple[Callable[[_Group], str], ...] = (
        _year_label,
        lambda group: ", ".join(
            one for one in group.editions if one not in common and not _YEARS.fullmatch(one)
        ),
        lambda group: group.shelf.rpartition("/")[2],
        lambda group: group.shelf,
        lambda group: str(min((m.year for m in group.members if m.year), default="")),
    )
    labels = [""] * len(groups)
    for attribute in attributes:
        doubles = _doubles(labels)
        for index, group in enumerate(groups):
            added = attribute(group)
            if labels[index] in doubles and added and added not in labels[index]:
                labels[index] = ", ".join(part for part in (labels[index], added) if part)
    return _numbered(labels)


def _year_label(group: _Group) -> str:
    written = next((one for one in group.editions if _YEARS.fullmatch(one)), "")
    return written or str(group.year or "")


def _doubles(labels: Iterable[str]) -> set[str]:
    return {label for label, number in Counter(labels).items() if number > 1}


def _numbered(labels: Sequence[str]) -> list[str]:
    """Return the labels with “2”, “3” behind those that are there already."""
    taken: set[str] = set()
    result = []
    for label in labels:
        unique, number = label, 1
        while title_identity(unique) in taken:
            number += 1
            unique = f"{label}, {number}" if label else str(number)
        taken.add(title_identity(unique))
        result.append(unique)
    return result
