"""The demo's mail server: real SMTP on this computer alone, each message a file in a folder.

    python -m safeguard.mail_catcher FOLDER --socket FILE_DESCRIPTOR

The supervisor opens the socket and keeps it, so that mail waits while the catcher restarts.
"""

import argparse
import asyncio
import os
import signal
import socket
import tempfile
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class IntoFolder:
    """Answers 250 only when the message is on disk, under a name that sorts by its arrival."""

    def __init__(self, folder: Path):
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message as it came; whoever looks into the folder sees it whole or not."""
        half = None
        content = envelope.original_content or b""
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as file:
            half = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.rename(self.folder / f"{time.time_ns()}-{half.stem[-8:]}.eml")
        return "250 Kept"


async def catch(listening: socket.socket, folder: Path) -> None:
    """Serve until told to stop."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    handler = IntoFolder(folder)
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="localhost", enable_SMTPUTF8=True, loop=loop),
        sock=listening,
    )
    async with server:
        await stopped.wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--socket", type=int, required=True)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    options.folder.chmod(0o700)
    asyncio.run(catch(socket.socket(fileno=options.socket), options.folder))


if __name__ == "__main__":
    main()
