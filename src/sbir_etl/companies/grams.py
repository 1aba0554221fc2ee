"""Which names share a rare piece, so that not every name need be compared with every other.

A name's grams are its four-letter pieces, blanks left out, and its two ends: a slip of the pen spoils four pieces, not
the name, and in the middle of a short name, where it spoils them all, not the ends.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

_PIECE: Final = 4
_ENDS: Final = 5
# Open names whose pairs are in memory together: at most eight hundred pairs each, and seldom more than sixty.
_NAMES_AT_A_TIME: Final = 5_000


def pairs_that_share(
    open_names: Sequence[str], listed_names: Sequence[str], *, rarest_grams: int, most_sharing: int
) -> Iterator[tuple[Numbers, Numbers]]:
    """Places of open names and of listed ones, some at a time, every pair once.

    The two are of like length and share one of the open name's `rarest_grams` among those that at least one and at most
    `most_sharing` listed names have.
    """
    letters = [name.replace(" ", "") for name in (*open_names, *listed_names)]
    lengths = np.array([len(each) for each in letters])
    names, grams = _grams(letters)
    is_open = names < len(open_names)
    sharing = np.bincount(grams[~is_open], minlength=grams[-1] + 1)
    listed = names[~is_open]  # gram by gram
    begins = np.cumsum(sharing) - sharing
    names, grams = _looked_up(names[is_open], grams[is_open], sharing, rarest_grams, most_sharing)
    for first in range(0, len(open_names), _NAMES_AT_A_TIME):
        part = slice(*np.searchsorted(names, [first, first + _NAMES_AT_A_TIME]))
        found = sharing[grams[part]]
        one = np.repeat(names[part], found)
        other = listed[np.repeat(begins[grams[part]] - np.cumsum(found) + found, found) + np.arange(len(one))]
        like = (7 * lengths[one] <= 10 * lengths[other]) & (7 * lengths[other] <= 10 * lengths[one])
        one, other = np.divmod(_once(one[like] * len(letters) + other[like]), len(letters))
        yield one, other - len(open_names)


def _looked_up(
    names: Numbers, grams: Numbers, sharing: Numbers, rarest_grams: int, most_sharing: int
) -> tuple[Numbers, Numbers]:
    """The rarest grams of each name, name by name."""
    rare = (sharing[grams] > 0) & (sharing[grams] <= most_sharing)
    names, grams = names[rare], grams[rare]
    by_rarity = np.lexsort((grams, sharing[grams], names))
    names, grams = names[by_rarity], grams[by_rarity]
    rank = np.arange(len(names)) - np.searchsorted(names, names)
    return names[rank < rarest_grams], grams[rank < rarest_grams]


def _grams(names: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Every gram of every name once, gram by gram: the name's place, and the gram's among all grams."""
    pieces = [name.ljust(_PIECE, "\0") for name in names]
    ends = [f"{name[:2]}~{name[-2:]}".ljust(_ENDS, "\0") for name in names]
    letters, bits = _letters("".join((*pieces, *ends)))
    lengths = np.array([len(piece) for piece in pieces])
    begins_piece = np.ones(lengths.sum(), dtype=bool)
    begins_piece[(np.cumsum(lengths) - np.arange(1, _PIECE)[:, None]).ravel()] = False
    # Both of five letters, so that numbers are in the order of the texts.
    from_pieces = _joined([letters[place:] for place in range(_PIECE)], bits)[: len(begins_piece)][begins_piece] << bits
    from_ends = _joined(letters[len(begins_piece) :].reshape(-1, _ENDS).T, bits)
    places = np.arange(len(names))
    places = np.concatenate([np.repeat(places, lengths)[begins_piece], places])
    grams, places = np.divmod(_once(np.concatenate([from_pieces, from_ends]) * len(names) + places), len(names))
    return places, np.cumsum(np.diff(grams, prepend=grams[0]) > 0, dtype=np.int64)


def _letters(text: str) -> tuple[Numbers, int]:
    """`text` in numbers that are in the order of its letters, and their bits: seldom more than six.

    Of more than 512 different letters the last are taken for one, so that a gram and a name's place fit into a number.
    """
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    letters: Numbers = np.minimum(np.cumsum(np.bincount(codes) > 0, dtype=np.int64) - 1, 511)[codes]
    return letters, int(letters.max()).bit_length()


def _joined(letters: Iterable[Numbers], bits: int) -> Numbers:
    """The first letters, the second and so on, as one number each."""
    return reduce(lambda grams, following: (grams[: len(following)] << bits) | following, letters)


def _once(keys: Numbers) -> Numbers:
    """Sorted, each once. `numpy.unique` hashes before it sorts, which takes four times as long where few repeat."""
    keys = np.sort(keys)
    return keys[np.diff(keys, prepend=-1) > 0]
