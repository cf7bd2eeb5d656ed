"""Copy what the pages need from node_modules to build/static, made our own on the way.

GOV.UK's typeface, crown and crest are not ours to use away from gov.uk, and its type is larger
than people who scan lists all day want. So the two style sheets are copied with our typeface,
our scale of sizes and picture addresses that hold wherever the site is mounted.
"""

import re
import shutil
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
TARGET = ROOT / "build" / "static"
FRESH = ROOT / "build" / "static.new"

GOVUK = PACKAGES / "govuk-frontend" / "dist" / "govuk"
MOJ = PACKAGES / "@ministryofjustice" / "frontend" / "moj"
VARIABLE = PACKAGES / "@fontsource-variable" / "atkinson-hyperlegible-next"
STATIC = PACKAGES / "@fontsource" / "atkinson-hyperlegible-next"

FAMILY = '"Atkinson Hyperlegible Next",system-ui,sans-serif'
NOT_OURS = ("crest", "crown", "logotype", "opengraph")

# What GOV.UK sets, and what we set instead: its 19 px body text is our 17, its 48 px page heading
# our 34, and on paper (pt) its 14 is our 10.5.
SIZES = {
    "1.1875rem": "1.0625rem",
    "1.3125rem": "1.1875rem",
    "1.5rem": "1.3125rem",
    "1.6875rem": "1.4375rem",
    "2rem": "1.75rem",
    "2.25rem": "1.75rem",
    "3rem": "2.125rem",
    "14pt": "10.5pt",
    "18pt": "13pt",
    "24pt": "16pt",
    "32pt": "20pt",
}

# File of a PDF font: weight and slope in the package's file names.
PDF_FONTS = {
    "Regular": "400-normal",
    "Italic": "400-italic",
    "SemiBold": "600-normal",
    "Bold": "700-normal",
    "BoldItalic": "700-italic",
}


def our_css(css: str) -> str:
    """Give a compiled GOV.UK or MOJ style sheet our typeface, sizes and picture addresses."""
    css = re.sub(r"(/\*![^*]*\*/)?@font-face\{[^}]*\}", "", css)
    css = re.sub(r"GDS Transport,\s*arial,\s*sans-serif", FAMILY, css)
    css = css.replace("font-family:sans-serif", f"font-family:{FAMILY}")
    css = re.sub(
        r"font-size:([\d.]+(?:rem|pt))", lambda m: f"font-size:{SIZES.get(m[1], m[1])}", css
    )
    css = css.replace("url(/assets/images/", "url(images/")
    css = re.sub(r"[^{}]+\{[^{}]*govuk-crest\.svg[^{}]*\}", "", css)
    return without_source_map(css)


def without_source_map(text: str) -> str:
    """Drop the address of a source map: it is not copied, and hashed storage would look for it."""
    return re.sub(r"(/\*|//)# sourceMappingURL=\S+( \*/)?\s*", "", text)


def copy_library(name: str, package: Path) -> None:
    """Copy one library's style sheet, script and the pictures that its style sheet names."""
    folder = FRESH / name
    (folder / "images").mkdir(parents=True)
    css = our_css((package / f"{name}-frontend.min.css").read_text())
    script = without_source_map((package / f"{name}-frontend.min.js").read_text())
    (folder / f"{name}-frontend.min.css").write_text(css)
    (folder / f"{name}-frontend.min.js").write_text(script)
    for picture in sorted(set(re.findall(r"url\(images/([^)]+)\)", css))):
        if any(word in picture for word in NOT_OURS):
            raise SystemExit(f"{name}: {picture} is not ours to use. Leave its rule out first.")
        shutil.copy(package / "assets" / "images" / picture, folder / "images" / picture)


def copy_web_fonts(folder: Path) -> None:
    """Copy the variable font: one file carries every weight, Latin apart from extended Latin."""
    for slope in ("normal", "italic"):
        for script in ("latin", "latin-ext"):
            source = VARIABLE / "files" / f"atkinson-hyperlegible-next-{script}-wght-{slope}.woff2"
            shutil.copy(source, folder / f"atkinson-next-{script}-{slope}.woff2")
    shutil.copy(STATIC / "LICENSE", folder / "LICENSE.txt")


def merge_pdf_font(style: str, file: str, folder: Path) -> None:
    """Join Latin and extended Latin into one TrueType file, since WeasyPrint reads no ranges."""
    parts = []
    for script in ("latin", "latin-ext"):
        source = STATIC / "files" / f"atkinson-hyperlegible-next-{script}-{file}.woff2"
        font = TTFont(source, recalcTimestamp=False)
        font.flavor = None
        part = folder / f"{script}.ttf"
        font.save(part)
        parts.append(part)
    merged = Merger().merge([str(part) for part in parts])
    # The same packages give the same bytes on every machine, whatever the time is there.
    merged.recalcTimestamp = False
    merged["head"].created = merged["head"].modified = TTFont(parts[0])["head"].modified
    merged.save(folder / f"AtkinsonHyperlegibleNext-{style}.ttf")
    for part in parts:
        part.unlink()


def main() -> None:
    """Build beside the folder in use and swap at the end, so that a stop half-way harms nothing."""
    shutil.rmtree(FRESH, ignore_errors=True)
    copy_library("govuk", GOVUK)
    copy_library("moj", MOJ)
    fonts = FRESH / "fonts"
    fonts.mkdir()
    copy_web_fonts(fonts)
    for style, file in PDF_FONTS.items():
        merge_pdf_font(style, file, fonts)
    shutil.rmtree(TARGET, ignore_errors=True)
    FRESH.rename(TARGET)


if __name__ == "__main__":
    main()
