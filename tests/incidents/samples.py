"""Files, as small as each kind allows: what is accepted and what is not. All are made here."""

import struct
import zipfile
import zlib
from functools import cache
from io import BytesIO

import pillow_heif
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from incidents import file_types
from incidents.kinds.pictures import PNG

ACROSS, DOWN = (70, 130, 90), (200, 120, 40)


def picture(width=40, height=30) -> Image.Image:
    """Return a picture of which one can tell how it is turned: its top left corner is another colour."""
    made = Image.new("RGB", (width, height), ACROSS)
    made.paste(DOWN, (0, 0, max(1, width // 2), max(1, height // 2)))
    return made


def written(image: Image.Image, form: str, **how) -> bytes:
    file = BytesIO()
    image.save(file, form, **how)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(width=2, height=3, after=b"", extra=b"") -> bytes:
    """Return a PNG; one that is large on paper alone has no more than a row."""
    row = b"\0" + b"\x40" * (3 * width)
    rows = row * (height if width * height < 10_000 else 1)
    header = struct.pack(">II", width, height) + b"\x08\x02\x00\x00\x00"
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows))
    return PNG + body + chunk(b"IEND", b"") + after


@cache
def _jpeg(progressive: bool) -> bytes:
    return written(picture(2, 3), "JPEG", progressive=progressive)


def jpeg(width=2, height=3, frame=0xC0, before=b"", after=b"") -> bytes:
    """Return a JPEG; one that is large on paper alone is small inside."""
    made = _jpeg(frame == 0xC2)
    at = made.index(bytes([0xFF, frame]))
    sized = made[: at + 5] + struct.pack(">HH", height, width) + made[at + 9 :]
    return sized[:2] + before + sized[2:] + after


def webp(moving=False, **how) -> bytes:
    frames = {"save_all": True, "append_images": [picture().rotate(180)]} if moving else {}
    return written(picture(), "WEBP", **frames, **how)


@cache
def heic(width=64, height=48, **how) -> bytes:
    return written(picture(width, height), "HEIF", **how)


def box(name: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I", 8 + len(content)) + name + content


def film(brand=b"isom", tracks=(b"vide",), seconds=60, after=b"", data=b"\0" * 32) -> bytes:
    """Return boxes as a film or a sound has them, without anything to see or hear."""
    head = box(b"mvhd", b"\0" * 12 + struct.pack(">II", 1000, seconds * 1000) + b"\0" * 80)
    parts = [
        box(b"trak", box(b"mdia", box(b"hdlr", b"\0" * 8 + kind + b"\0" * 13))) for kind in tracks
    ]
    start = box(b"ftyp", brand + b"\0\0\0\0" + brand + b"mp42")
    return start + box(b"moov", head, *parts) + box(b"mdat", data) + after


def mp3(frames=5, before=b"", after=b"") -> bytes:
    """Return frames of 128 kilobits a second: 417 bytes, 26 milliseconds each."""
    return before + (b"\xff\xfb\x90\x00" + b"\0" * 413) * frames + after


def email(
    *parts: bytes, head=b"From: ada@oak.example\r\nDate: Mon, 7 Sep 2026 08:41:00 +0100\r\n"
) -> bytes:
    return head + b"Subject: The bus\r\n\r\n" + b"\r\n".join((b"Sam came late.", *parts))


def office(*names, size=10, main="word/document.xml", level=zipfile.ZIP_DEFLATED, **parts) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", level) as archive:
        for name in ("[Content_Types].xml", main, *names):
            archive.writestr(name, b"x" * size)
        for name, content in parts.get("holding", {}).items():
            archive.writestr(name, content)
    return file.getvalue()


def saying_macros() -> bytes:
    """Return a Word file that says of itself that it has macros, and has another name for them."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", MACROS)
        archive.writestr("word/document.xml", b"x")
    return file.getvalue()


MACROS = b'<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled"/></Types>'


def pdf(pages=1, password="", words="Sam", extra=b"") -> bytes:
    """Return a PDF with words on each page, as small as PDFs are."""
    parts = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(pages))
    parts.append(f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode())
    for n in range(pages):
        drawn = f"BT /F1 48 Tf 60 700 Td ({words} {n + 1}) Tj ET".encode()
        parts.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {4 + 2 * n} 0 R"
            " /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
            " >>".encode()
        )
        parts.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
    written, places = b"%PDF-1.4\n" + extra, []
    for number, part in enumerate(parts, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    begins = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
    encrypt = b" /Encrypt << /Filter /Standard /V 1 /R 2 /O (%s) /U (%s) /P -4 >> /ID [(a) (a)]" % (
        b"o" * 32,
        b"u" * 32,
    )
    trailer = b"/Size %d /Root 1 0 R%s" % (len(parts) + 1, encrypt if password else b"")
    return written + b"trailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, begins)


pillow_heif.register_heif_opener()
PDF = b"%PDF-1.7\n%%EOF"
DOCX, XLSX = office(), office(main="xl/workbook.xml")
ZIP = office(main="readme.txt")
HTML = b"<html><script>alert(1)</script></html>"
SAMSUNG = b"\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data1788000000000SEFH\x6b\0\0\0\x24\0\0\0SEFT"
TEMPLATE = (
    b'<Relationships><Relationship Type="x/attachedTemplate" Target="https://elsewhere.example/a.dotm"'
    b' TargetMode="External"/></Relationships>'
)
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>'
ACCEPTED = {
    "bruise.jpg": (jpeg(), "image/jpeg"),
    "bruise.JPEG": (jpeg(frame=0xC2), "image/jpeg"),
    "filled.jpg": (jpeg(before=b"\xff\xff\xfe\x00\x03x"), "image/jpeg"),
    "grey.jpg": (written(picture().convert("L"), "JPEG"), "image/jpeg"),
    "print.jpg": (written(picture().convert("CMYK"), "JPEG"), "image/jpeg"),
    "padded.jpg": (jpeg(after=b"\0" * 40), "image/jpeg"),
    "samsung.jpg": (jpeg(after=SAMSUNG), "image/jpeg"),
    "twoexposures.jpg": (jpeg() + jpeg(), "image/jpeg"),
    "ofthemoment.jpg": (jpeg(after=film()), "image/jpeg"),
    "drawing.png": (png(), "image/png"),
    "clear.png": (written(picture().convert("RGBA"), "PNG"), "image/png"),
    "palette.png": (written(picture().convert("P"), "PNG"), "image/png"),
    "chat.webp": (webp(), "image/webp"),
    "lossless.webp": (webp(lossless=True), "image/webp"),
    "clear.webp": (written(picture().convert("RGBA"), "WEBP"), "image/webp"),
    "phone.heic": (heic(), "image/heic"),
    "phone.heif": (heic(), "image/heic"),
    "letter.pdf": (PDF, "application/pdf"),
    "plan.pdf": (pdf(), "application/pdf"),
    "padded.pdf": (pdf() + b"\r\n\0\0", "application/pdf"),
    "letter.docx": (DOCX, file_types.OFFICE + "wordprocessingml.document"),
    "stored.docx": (
        office(level=zipfile.ZIP_STORED),
        file_types.OFFICE + "wordprocessingml.document",
    ),
    "withsheet.docx": (
        office(holding={"word/embeddings/Sheet1.xlsx": XLSX}),
        file_types.OFFICE + "wordprocessingml.document",
    ),
    "register.xlsx": (XLSX, file_types.OFFICE + "spreadsheetml.sheet"),
    "note.txt": ("Zoë’s note\r\n".encode(), "text/plain; charset=utf-8"),
    "old.txt": ("Zoë".encode("cp1252"), "text/plain; charset=utf-8"),
    "marked.txt": ("Zoë".encode("utf-8-sig"), "text/plain; charset=utf-8"),
    "sent.eml": (email(), "message/rfc822"),
    "withpicture.eml": (
        email(b'Content-Disposition: attachment; filename="bus.jpg"'),
        "message/rfc822",
    ),
    "voice.mp3": (mp3(), "audio/mpeg"),
    "tagged.mp3": (
        mp3(before=b"ID3\x04\0\0\0\0\0\x05xxxxx", after=b"TAG" + b" " * 125),
        "audio/mpeg",
    ),
    "voice.m4a": (film(b"M4A ", [b"soun"]), "audio/mp4"),
    "playground.mp4": (film(tracks=[b"vide", b"soun"]), "video/mp4"),
}
# What each is refused with: what to do stands in the message.
REFUSED = {
    "page.html": (HTML, "Print or save it as a PDF"),
    "picture.svg": (
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "as JPEG or PNG",
    ),
    "data.xml": (b"<?xml version='1.0'?>", "as a PDF"),
    "moving.gif": (b"GIF89a\x01\x00\x01\x00", "screenshot"),
    "program.exe": (b"MZ\x90\x00", "Choose one of these"),
    "macro.docm": (DOCX, "as .docx"),
    "old.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "as .docx"),
    "table.csv": (b"a,b", "as .xlsx"),
    "archive.zip": (DOCX, "one by one"),
    "outlook.msg": (b"\xd0\xcf\x11\xe0", "as .eml"),
    "phone.mov": (film(b"qt  "), "as MP4"),
    "voice.wav": (b"RIFF\0\0\0\0WAVE", "as MP3 or M4A"),
    "noending": (PDF, "Choose one of these"),
    "": (PDF, "Choose one of these"),
    "letter.pdf.exe": (PDF, "Choose one of these"),
    # Another kind than the name says
    "empty.pdf": (b"", "is empty"),
    "page.pdf": (b"<html>%PDF-1.7", "is not a PDF"),
    "page.jpg": (HTML, "is not a JPEG"),
    "page.png": (HTML, "is not a PNG"),
    "script.jpg": (b"GIF89a/*" + HTML, "is not a JPEG"),
    "drawing.jpg": (png(), "Rename it so that it ends in .png"),
    "bruise.png": (jpeg(), "Rename it so that it ends in .jpg"),
    "fromchat.jpg": (webp(), "Rename it so that it ends in .webp"),
    "phone.jpg": (heic(), "Rename it so that it ends in .heic"),
    "phone.mp4": (heic(), "Rename it so that it ends in .heic"),
    "film.heic": (film(), "Rename it so that it ends in .mp4"),
    "new.heic": (film(b"avif"), "is not a HEIC"),
    "film.m4a": (film(), "Rename it so that it ends in .mp4"),
    "apple.mp4": (film(b"qt  "), "is not an MP4"),
    "pdf.txt": (PDF, "Rename it so that it ends in .pdf"),
    "picture.txt": (png(), "Rename it so that it ends in .png"),
    "sheet.docx": (XLSX, "Rename it so that it ends in .xlsx"),
    "text.xlsx": (DOCX, "Rename it so that it ends in .docx"),
    "plainzip.docx": (ZIP, "is not a Word document"),
    "binary.txt": (b"abc\x00def", "is not plain text"),
    "escape.txt": (b"abc\x1b[31mdef", "is not plain text"),
    "nothing.txt": (b"\x81\x8d", "is not plain text"),
    "words.eml": (b"Sam came late.", "is not an e-mail"),
    "words.mp3": (b"Sam came late.", "is not an MP3"),
    "wave.mp3": (b"RIFF\0\0\0\0WAVE", "is not an MP3"),
    "renamed.webp": (b"RIFF\0\0\0\0WAVE", "is not a WebP"),
    # Cut, damaged, or nothing
    "cut.jpg": (jpeg()[:-2], "ends too soon"),
    "half.jpg": (jpeg()[: len(jpeg()) // 2], "ends too soon"),
    "startonly.jpg": (b"\xff\xd8\xff", "ends too soon"),
    "noscan.jpg": (b"\xff\xd8\xff\xd9", "is damaged"),
    "cut.png": (png()[:-12], "ends too soon"),
    "nodata.png": (
        PNG + chunk(b"IHDR", struct.pack(">II", 2, 2) + b"\x08\2\0\0\0") + chunk(b"IEND", b""),
        "is damaged",
    ),
    "flipped.png": (png().replace(b"IDAT", b"IDAS"), "is damaged"),
    "nothing.png": (png(width=0), "no height or width"),
    "cut.webp": (webp()[:-4], "ends too soon"),
    "cut.heic": (heic()[:-4], "ends too soon"),
    "headonly.heic": (heic()[:24], "ends too soon|is damaged"),
    "cut.pdf": (pdf()[:-10], "ends too soon"),
    "cut.docx": (DOCX[:-30], "ends too soon"),
    "letter.docx": (b"PK\x03\x04 not a zip", "ends too soon"),
    "cut.mp4": (film()[:-4], "ends too soon"),
    "nosound.mp4": (film(tracks=()), "has no sound or film"),
    "short.mp3": (mp3(frames=2), "has no sound or film"),
    # Too much
    "bomb.png": (png(40_001, 1_000), "40 million dots"),
    "bomb.jpg": (jpeg(40_001, 1_000), "40 million dots"),
    "bomb.webp": (
        b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\0\xff\xff\0",
        "40 million dots",
    ),
    "long.mp4": (film(seconds=2 * 3600 + 1), "lasts longer than 2 hours"),
    "long.m4a": (film(b"M4A ", [b"soun"], seconds=9_000), "lasts longer than 2 hours"),
    # Moving
    "moving.png": (png(extra=chunk(b"acTL", b"\0\0\0\2\0\0\0\0")), "moving picture"),
    "moving.webp": (webp(moving=True), "moving picture"),
    "moving.heic": (
        box(b"ftyp", b"heic\0\0\0\0heic") + box(b"moov") + box(b"meta", b"\0" * 4),
        "moving picture",
    ),
    # Two at once
    "gifar.jpg": (jpeg(after=ZIP), "behind its end|two kinds"),
    "hidden.jpg": (jpeg(after=SAMSUNG[:-4] + ZIP + b"SEFT"), "two kinds"),
    "page2.jpg": (jpeg(after=b"\0" + HTML + SAMSUNG), "two kinds"),
    "behind.jpg": (jpeg(after=b"anything"), "behind its end"),
    "page2.png": (png(after=HTML), "behind its end"),
    "zip.png": (png(after=ZIP), "behind its end"),
    "inside.png": (png(extra=chunk(b"zTXt", ZIP)), "two kinds"),
    "behind.webp": (webp() + HTML, "behind its end"),
    "zip.heic": (heic() + box(b"free", ZIP), "two kinds"),
    "page2.pdf": (HTML + pdf(), "is not a PDF"),
    "zip2.pdf": (ZIP + pdf(), "is not a PDF"),
    "zip.pdf": (pdf() + ZIP, "behind its end|two kinds"),
    "inside.pdf": (pdf(extra=b"%") + b"\n%%EOF" + HTML, "behind its end"),
    "both.pdf": (pdf()[:-7] + ZIP + b"%%EOF\n", "two kinds"),
    "polyglot.docx": (b"MZ" + DOCX, "is not a Word document"),
    "behind.docx": (DOCX + HTML, "behind its end"),
    "zip.mp3": (mp3(after=ZIP), "behind its end"),
    "page.mp3": (mp3(after=b"TAG" + HTML), "two kinds"),
    "zip.mp4": (film(data=ZIP), "two kinds"),
    # What runs
    "withmacro.docx": (office("word/vbaProject.bin"), "macros"),
    "withmacro.xlsx": (office("xl/VBAPROJECT.BIN", main="xl/workbook.xml"), "macros"),
    "oldmacro.xlsx": (office("xl/macrosheets/sheet1.xml", main="xl/workbook.xml"), "macros"),
    "control.docx": (office("word/activeX/activeX1.bin"), "macros"),
    "saysso.docx": (saying_macros(), "macros"),
    "object.docx": (office("word/embeddings/oleObject1.bin"), "macros"),
    "program.docx": (office(holding={"word/media/image1.png": b"MZ\x90\0"}), "macros"),
    "template.docx": (office(holding={"word/_rels/settings.xml.rels": TEMPLATE}), "macros"),
    "entities.docx": (office(holding={"word/styles.xml": ENTITIES}), "is damaged"),
    "locked.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "has a password"),
    "nested.docx": (
        office(
            holding={"word/embeddings/a.docx": office(holding={"word/embeddings/b.docx": DOCX})}
        ),
        "files within files",
    ),
    "deepmacro.docx": (
        office(holding={"word/embeddings/a.docx": office("word/vbaProject.bin")}),
        "macros",
    ),
    "runs.eml": (
        email(b'Content-Disposition: attachment; filename="bill.docm"'),
        "carries a program",
    ),
    "runs2.eml": (email(b"Content-Type: application/x; name=invoice.pdf.exe"), "carries a program"),
    "zip.eml": (email() + ZIP, "is not an e-mail|two kinds"),
}


def sent(name, content) -> SimpleUploadedFile:
    file = SimpleUploadedFile("x", content)
    file._name = name  # as a hostile client names it; Django cleans only what it parses itself
    return file
