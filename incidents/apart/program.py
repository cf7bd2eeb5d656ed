"""Redraws what a stranger sent: a program of its own, started for one file and killed when it is slow.

It holds nothing of Safeguard: no settings, no key, no connection. It reads the file from its input,
shuts itself in, and only then lets a decoder touch a byte of it. What it writes is looked at by whoever
started it (`incidents.apart`), who trusts none of it.
"""

import json
import sys
from collections.abc import Iterator
from io import BytesIO

import pi_heif
import pypdfium2
from PIL import Image, ImageCms, ImageOps

from incidents.apart.limits import LONGEST, MOST_PAGES, MOST_PIXELS, SMALL
from incidents.apart.shutting_in import shut_in

QUALITY, QUALITY_SMALL = 85, 75
WHITE = (255, 255, 255)
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
DENSEST = 4  # a page as small as a stamp is not blown up to fill the screen


class NotDrawn(Exception):
    """The file cannot be shown; the word says why."""


def load_decoders() -> None:
    """Load what a decoder would load later, when no file can be opened any more."""
    Image.preinit()
    Image.init()
    pi_heif.options.DECODE_THREADS = 1
    pi_heif.options.THUMBNAILS = False
    pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
    pi_heif.register_heif_opener()
    pypdfium2.PdfDocument.new().close()
    ImageCms.createProfile("sRGB")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def draw_picture(content: bytes, content_type: str) -> Iterator[tuple[dict, bytes]]:
    """Yield the picture to be looked at, and a small one for lists."""
    whole = upright(content, content_type)
    yield {"page": 1, "pages": 1}, as_jpeg(whole, LONGEST, QUALITY)
    yield {"page": 1, "pages": 1, "small": True}, as_jpeg(whole, SMALL, QUALITY_SMALL)


def draw_pages(content: bytes) -> Iterator[tuple[dict, bytes]]:
    """Yield the pages of a PDF as pictures, with what was filled into its forms."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise NotDrawn("password" if "password" in str(error).lower() else "damaged") from error
    document.init_forms()
    pages = len(document)
    if not pages:
        raise NotDrawn("damaged")
    for number in range(min(pages, MOST_PAGES)):
        page = document[number]
        scale = min(LONGEST / max(*page.get_size(), 1), DENSEST)
        drawn = page.render(scale=scale).to_pil()
        yield {"page": number + 1, "pages": pages}, as_jpeg(drawn, LONGEST, QUALITY)
        page.close()


def upright(content: bytes, content_type: str) -> Image.Image:
    """Decode a picture, no larger than is shown, and turn it as the camera was held."""
    with Image.open(BytesIO(content), formats=[FORMATS[content_type]]) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise NotDrawn("too_large")
        opened.draft("RGB", (LONGEST, LONGEST))
        profile = opened.info.get("icc_profile")
        # Colours from a list are mixed only once each dot has its own.
        image = opened.convert("RGBA") if opened.mode in {"1", "P"} else opened
        image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return in_plain_colours(ImageOps.exif_transpose(image), profile)


def in_plain_colours(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in the colours of every screen, on white, and without any profile."""
    if image.mode.startswith("I") or image.mode == "F":
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, WHITE)
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    if profile and image.mode in {"RGB", "CMYK", "L"}:
        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
            turned = ImageCms.profileToProfile(image, given, plain, outputMode="RGB")
            return turned or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):  # its colours are as they are then
            return image.convert("RGB")
    return image.convert("RGB")


def as_jpeg(image: Image.Image, longest: int, quality: int) -> bytes:
    """Return a picture as a fresh JPEG that knows nothing of what it was made from."""
    fresh = Image.new("RGB", image.size, WHITE)
    fresh.paste(image)
    fresh.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    written = BytesIO()
    fresh.save(written, "JPEG", quality=quality)
    return written.getvalue()


def say(head: dict, content: bytes = b"") -> None:
    """Write one line about what follows, and then that."""
    line = json.dumps(head | {"size": len(content)} if content else head)
    sys.stdout.buffer.write(line.encode() + b"\n" + content)
    sys.stdout.buffer.flush()


def main() -> None:
    """Read one file, and write what it looks like."""
    content_type = sys.argv[1]
    content = sys.stdin.buffer.read()
    load_decoders()
    shut_in()
    try:
        is_pdf = content_type == "application/pdf"
        for head, drawn in draw_pages(content) if is_pdf else draw_picture(content, content_type):
            say(head, drawn)
    except NotDrawn as refusal:
        say({"refused": str(refusal)})
    except MemoryError:
        say({"refused": "too_large"})
    except Exception:  # noqa: BLE001 - a decoder fails in any way it likes
        say({"refused": "damaged"})
