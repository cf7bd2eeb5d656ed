"""`python -m incidents.bodymap` writes the drawings anew for the browser, into static/body-map."""

from pathlib import Path

from incidents.bodymap.regions import Figure, as_json

for figure in Figure:
    Path("static/body-map", f"{figure}.json").write_text(as_json(figure))
