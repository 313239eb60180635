"""What a preset is: the rules of a place as they were reported, and what was added to make them whole."""

from dataclasses import dataclass

from timebank.core.errors import NotFound
from timebank.schemes.model import HousePolicy, SchemePolicy


@dataclass(frozen=True, kw_only=True)
class Said:
    """A rule of the place as it was reported: as read in `source`, never as the law."""

    text: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Template:
    """A scheme to open, and its first policy."""

    name: str
    policy: SchemePolicy


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A place's rules. `ours`: what nobody reported and was chosen here, or what is done by other means."""

    place: str
    name: str
    says: tuple[Said, ...]
    ours: tuple[str, ...]
    house: HousePolicy
    schemes: tuple[Template, ...]


def pick(presets: tuple[Preset, ...], place: str) -> Preset:
    """The preset of a place. Raises `NotFound`."""
    for preset in presets:
        if preset.place == place:
            return preset
    raise NotFound
