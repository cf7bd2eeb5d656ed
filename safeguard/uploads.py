"""Files on their way in: one for which there is no room is let go, and the form with it is kept.

A file that is larger than memory takes goes by way of a disk, which can be full or broken. Django would
let the whole request fail with it, and the words beside the file would be gone.
"""

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class NoRoomForIt(UploadedFile):
    """What stands for a file that could not be taken in: its name, and none of its content."""


class PatientFileUploadHandler(TemporaryFileUploadHandler):
    """Django's, which reads a file to its end also when it can no longer be kept."""

    def new_file(self, *args, **kwargs):
        """Begin a file, if the disk takes one."""
        self.broken = False
        try:
            super().new_file(*args, **kwargs)
        except OSError:
            self.broken = True

    def receive_data_chunk(self, raw_data, start):
        """Keep a piece, or from now on none."""
        if self.broken:
            return
        try:
            super().receive_data_chunk(raw_data, start)
            self.file.flush()
        except OSError:
            self.broken = True
            self.upload_interrupted()

    def file_complete(self, file_size):
        """Return the file, or what stands for it."""
        if self.broken:
            return NoRoomForIt(ContentFile(b""), self.file_name, self.content_type, file_size)
        return super().file_complete(file_size)
