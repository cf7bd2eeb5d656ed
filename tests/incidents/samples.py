"""Files, as small as each kind allows: what is accepted and what is not."""

import struct
import zipfile
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile

from incidents import file_types


def png(width=2, height=3, after=b"") -> bytes:
    header = b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\x00\x00\x00"
    return file_types.PNG + struct.pack(">I", 13) + header + b"\0\0\0\0" + after


def jpeg(width=2, height=3, frame=0xC0, before=b"") -> bytes:
    exif = b"\xff\xe1" + struct.pack(">H", 8) + b"Exif\0\0"
    sof = bytes([0xFF, frame]) + struct.pack(">HBHH", 17, 8, height, width) + b"\0" * 10
    return b"\xff\xd8" + exif + before + sof + b"\xff\xd9"


def office(*names, size=10, main="word/document.xml", level=zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", level) as archive:
        for name in ("[Content_Types].xml", main, *names):
            archive.writestr(name, b"x" * size)
    return file.getvalue()


PDF = b"%PDF-1.7\n%%EOF"
DOCX, XLSX = office(), office(main="xl/workbook.xml")
ACCEPTED = {
    "bruise.jpg": (jpeg(), "image/jpeg"),
    "bruise.JPEG": (jpeg(frame=0xC2), "image/jpeg"),
    "filled.jpg": (jpeg(before=b"\xff\xff\xfe\x00\x03x"), "image/jpeg"),
    "drawing.png": (png(), "image/png"),
    "letter.pdf": (PDF, "application/pdf"),
    "letter.docx": (DOCX, file_types.OFFICE + "wordprocessingml.document"),
    "register.xlsx": (XLSX, file_types.OFFICE + "spreadsheetml.sheet"),
    "note.txt": ("Zoë’s note\r\n".encode(), "text/plain; charset=utf-8"),
    "old.txt": ("Zoë".encode("cp1252"), "text/plain; charset=utf-8"),
    "marked.txt": ("Zoë".encode("utf-8-sig"), "text/plain; charset=utf-8"),
}
REFUSED = {
    "page.html": b"<script>alert(1)</script>",
    "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "data.xml": b"<?xml version='1.0'?>",
    "moving.gif": b"GIF89a\x01\x00\x01\x00",
    "program.exe": b"MZ\x90\x00",
    "macro.docm": DOCX,
    "old.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "archive.zip": DOCX,
    "noending": PDF,
    "": PDF,
    "letter.pdf.exe": PDF,
    "empty.pdf": b"",
    "page.pdf": b"<html>%PDF-1.7",
    "page.jpg": b"<script>alert(1)</script>",
    "page.png": b"<script>alert(1)</script>",
    "drawing.jpg": png(),
    "bruise.png": jpeg(),
    "cut.jpg": jpeg()[:12],
    "startonly.jpg": b"\xff\xd8\xff",
    "cut.png": png()[:20],
    "nothing.png": png(width=0),
    "bomb.png": png(40_001, 1_000),
    "bomb.jpg": jpeg(40_001, 1_000),
    "letter.docx": b"PK\x03\x04 not a zip",
    "sheet.docx": XLSX,
    "text.xlsx": DOCX,
    "plainzip.docx": office(main="readme.txt"),
    "withmacro.docx": office("word/vbaProject.bin"),
    "withmacro.xlsx": office("xl/VBAPROJECT.BIN", main="xl/workbook.xml"),
    "polyglot.docx": b"MZ" + DOCX,
    "pdf.txt": PDF,
    "picture.txt": png(),
    "binary.txt": b"abc\x00def",
    "escape.txt": b"abc\x1b[31mdef",
    "nothing.txt": b"\x81\x8d",
}


def sent(name, content) -> SimpleUploadedFile:
    file = SimpleUploadedFile("x", content)
    file._name = name  # as a hostile client names it; Django cleans only what it parses itself
    return file
