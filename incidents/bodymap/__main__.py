"""`python -m incidents.bodymap FOLDER` draws every figure for the browser, as FOLDER/FIGURE.json."""

import sys
from pathlib import Path

from incidents.bodymap.regions import Figure, as_json

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for figure in Figure:
    (folder / f"{figure}.json").write_text(as_json(figure))
