"""Write the spreadsheets the sample would have come from: `python -m timebank.sample.spreadsheets FOLDER`."""

import sys
from pathlib import Path

from timebank.sample.district import DALANG, PLACES
from timebank.sample.rosters import messy, opening, roster


def spreadsheets() -> dict[str, bytes]:
    """Every file by its name."""
    made = {}
    for place in PLACES:
        made[f"{place.key}-roster.xlsx"] = roster(place)
        made[f"{place.key}-opening.xlsx"] = opening(place)
    made[f"{DALANG.key}-roster-with-faults.xlsx"] = messy(DALANG)
    return made


def main(folder: Path) -> None:
    """Write them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in spreadsheets().items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
