"""The scripts, the supervisor behind script/demo, and the demo's mail server."""

import json
import os
import re
import shutil
import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from safeguard.mail_catcher import main as catch_mail
from safeguard.management.commands import serve
from safeguard.supervisor import listen

SCRIPTS = ["script/setup", "script/demo", "script/test", "script/check", ".ci/run"]
TOOLS = ["bash", "cat", "cut", "dirname", "env", "find", "flock", "grep", "head", "mkdir"]
TOOLS += ["readlink", "sed", "sha256sum"]
INSTALLS = """\
#!/bin/bash
echo "$DEBIAN_FRONTEND $*" >>"$HOME/apt.log"
[[ $* == *install* ]] && for name in chromium git Xvfb pdftotext clamd; do
  printf '#!/bin/bash\\n' >"$HOME/bin/$name"; /bin/chmod +x "$HOME/bin/$name"
done
exit 0
"""


class Machine:
    """A checkout in a folder with a space, on a computer that has only what we put there."""

    def __init__(self, folder: Path):
        self.home = folder
        self.checkout = folder / "a checkout"
        shutil.copytree(settings.BASE_DIR / "script", self.checkout / "script")
        shutil.copytree(settings.BASE_DIR / "requirements", self.checkout / "requirements")
        shutil.copy(settings.BASE_DIR / "package-lock.json", self.checkout)
        drawn = "incidents/bodymap"
        shutil.copytree(settings.BASE_DIR / drawn, self.checkout / drawn)
        self.write("a checkout/script/assets", "#!/bin/bash\nmkdir -p build/static\n")
        self.write("a checkout/.venv/bin/python", '#!/bin/bash\necho "$*" >>"$HOME/python.log"\n')
        (folder / "bin").mkdir()
        for tool in TOOLS:
            (folder / "bin" / tool).symlink_to(shutil.which(tool))
        (folder / "bin" / "python3").symlink_to(sys.executable)
        self.be_user(1000)
        self.be_system("debian")

    def write(self, path: str, text: str) -> None:
        """Put a program on this computer."""
        program = self.home / path
        program.unlink(missing_ok=True)
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)

    def be_user(self, number: int) -> None:
        """Say that we are this user."""
        self.write("bin/id", f"#!/bin/bash\necho {number}\n")

    def be_system(self, name: str) -> None:
        """Say which Linux this is."""
        (self.home / "os-release").write_text(f"NAME=Any\nID={name}\n")

    def setup(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run script/setup from another folder."""
        return subprocess.run(
            [self.checkout / "script" / "setup", *arguments],
            cwd="/",
            env={
                "PATH": str(self.home / "bin"),
                "HOME": str(self.home),
                "OS_RELEASE": str(self.home / "os-release"),
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_who_may_not_install_is_given_the_one_line_to_run(machine):
    machine.write("bin/apt-get", INSTALLS)

    done = machine.setup()

    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if "apt-get" in line]
    assert len(lines) == 1
    assert re.match(r"  sudo apt-get install -y --no-install-recommends .*\bchromium\b", lines[0])
    assert "Chromium, for the browser tests" in done.stdout
    assert not (machine.home / "apt.log").exists()


def test_root_installs_without_being_asked_anything_and_the_second_time_nothing(machine):
    machine.be_user(0)
    machine.write("bin/apt-get", INSTALLS)

    first = machine.setup()
    installed = (machine.home / "apt.log").read_text()
    second = machine.setup()

    assert first.returncode == 0, first.stderr
    assert re.search(r"^noninteractive -q -y install .*\bchromium\b", installed, re.MULTILINE)
    assert second.stdout == "Everything is set up.\n"
    assert (machine.home / "apt.log").read_text() == installed


def test_a_sudo_that_asks_no_password_installs_too(machine):
    machine.write("bin/apt-get", INSTALLS)
    machine.write("bin/sudo", '#!/bin/bash\n[[ $1 == -n ]] || exit 1\nshift\n"$@"\n')
    machine.write("bin/true", "#!/bin/bash\n")

    assert machine.setup().returncode == 0
    assert "chromium" in (machine.home / "apt.log").read_text()


def test_to_run_safeguard_no_browser_is_needed(machine):
    done = machine.setup("--production")

    assert done.returncode == 0, done.stderr
    log = (machine.home / "python.log").read_text()
    assert "--require-hashes --requirement requirements/base.txt" in log


def test_what_is_ready_to_be_tested_is_ready_to_run(machine):
    machine.be_user(0)
    machine.write("bin/apt-get", INSTALLS)
    machine.setup()
    (machine.home / "python.log").unlink()

    done = machine.setup("--production")

    assert done.stdout == "Everything is set up.\n"
    assert not (machine.home / "python.log").exists()


def test_new_requirements_are_installed_again(machine):
    machine.setup("--production")
    (machine.home / "python.log").unlink()
    with (machine.checkout / "requirements" / "base.txt").open("a") as file:
        file.write("# another\n")

    machine.setup("--production")

    assert "pip install" in (machine.home / "python.log").read_text()


def test_ubuntus_stub_for_a_snap_is_no_browser(machine):
    machine.write("bin/chromium", '#!/bin/sh\nexec /snap/bin/chromium "$@"\n')
    machine.write("bin/apt-get", INSTALLS)

    assert "Chromium, for the browser tests" in machine.setup().stdout


def test_on_ubuntu_another_browser_than_the_snap_is_asked_for(machine):
    machine.be_system("ubuntu")
    for name in ("git", "Xvfb", "pdftotext", "clamd"):
        machine.write(f"bin/{name}", "#!/bin/bash\n")

    done = machine.setup()

    assert done.returncode == 1
    assert "is a snap, which the browser tests cannot drive" in done.stderr
    assert "-m playwright install --with-deps chromium" in done.stderr


def test_without_a_python_that_is_new_enough_the_need_is_named(machine):
    machine.write("bin/python3", "#!/bin/bash\nexit 1\n")

    done = machine.setup("--production")

    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stdout
    assert "python3-venv" in done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_stops_at_the_first_error_and_works_from_any_folder(script):
    path = settings.BASE_DIR / script
    text = path.read_text()

    assert os.access(path, os.X_OK)
    assert "\nset -euo pipefail\n" in text
    assert 'cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."' in text
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


@pytest.mark.parametrize("port", ["", "0", "65536", "eighty", "80 80"])
def test_the_demo_refuses_what_is_no_port(port):
    done = subprocess.run(
        [settings.BASE_DIR / "script" / "demo", "--port", port],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "--port takes a number" in done.stderr


@pytest.mark.parametrize(
    ("line", "passes"),
    [
        ('"resolved": "https://registry.npm' + 'js.org/x/-/x-1.tgz"', False),
        ("--index-url https://py" + "pi.org/simple", False),
        ("https://safeguard.example.org", True),
    ],
)
def test_a_file_that_names_a_package_registry_fails_the_check(tmp_path, line, passes):
    text = (settings.BASE_DIR / "script" / "check").read_text()
    function = re.search(r"^no_registry_is_named\(\).*?^}$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "a lock file.json").write_text(line)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)

    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{function[0]}\nno_registry_is_named"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert (done.returncode == 0) is passes


def test_the_demo_is_refused_where_it_is_not_switched_on(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="SAFEGUARD_DEMO=1"):
        call_command("serve")


def test_a_configured_database_is_never_filled_with_invented_children(settings, monkeypatch):
    settings.DEMO = True
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:x@db.example.org/real")

    with pytest.raises(CommandError, match="unset DATABASE_URL"):
        call_command("serve")


def test_a_second_supervisor_says_where_the_first_one_is(settings, tmp_path):
    settings.VAR_DIR = tmp_path

    with serve.Command().the_only_one() as address:
        address.write_text("http://localhost:8000")
        with pytest.raises(CommandError, match="already running: http://localhost:8000"):
            serve.Command().the_only_one().__enter__()

    with serve.Command().the_only_one():
        pass


def test_a_taken_port_gives_the_next_free_one_and_says_so(capsys):
    port, taken = listen(21000)
    try:
        found, sockets = serve.Command().listen(port)
        for opened in sockets:
            opened.close()
    finally:
        for opened in taken:
            opened.close()

    assert found > port
    assert capsys.readouterr().out == f"Port {port} is taken, so this is on {found}.\n"


def test_one_person_of_each_role_of_each_school_is_printed(settings, tmp_path, capsys):
    settings.VAR_DIR = tmp_path
    people = [
        ("Oak Lane Primary", "dsl", "Dee", "JBSWY3DP"),
        ("Oak Lane Primary", "dsl", "Dot", "OTHER"),
        ("Oak Lane Primary", "teacher", "Ada", None),
        ("Elm Park Academy", "dsl", "Una", "KRSXG5A"),
    ]
    keys = ("school", "role", "name", "totp_secret")
    rest = {"email": "who@oak.example", "password": "a long password"}
    made = [dict(zip(keys, person, strict=True)) | rest for person in people]
    (tmp_path / "people.json").write_text(json.dumps(made))

    serve.Command().print_how_to_sign_in("http://localhost:8000")

    printed = capsys.readouterr().out
    assert [name for name in ("Dee", "Dot", "Ada", "Una") if name in printed] == [
        "Dee",
        "Ada",
        "Una",
    ]
    assert "JBSWY3DP" in printed
    assert printed.rstrip().endswith("http://localhost:8000")


def test_static_files_are_collected_again_only_when_one_has_changed(
    settings, tmp_path, monkeypatch
):
    settings.VAR_DIR = tmp_path
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "one.css").write_text("a {}")
    settings.STATICFILES_DIRS = [tmp_path / "ours"]
    serve.get_finders.__globals__["get_finder"].cache_clear()
    calls = []
    monkeypatch.setattr(serve, "call_command", lambda *names, **_: calls.append(names))

    serve.collect_static()
    serve.collect_static()
    (tmp_path / "ours" / "one.css").write_text("a { color: teal }")
    serve.collect_static()

    serve.get_finders.__globals__["get_finder"].cache_clear()
    assert calls == [("collectstatic",), ("collectstatic",)]


def test_mail_is_a_whole_file_once_the_sender_hears_that_it_was_taken(tmp_path):
    port, sockets = listen(21500)
    listening = sockets[0]
    command = [sys.executable, "-m", catch_mail.__module__, str(tmp_path / "mail")]
    catcher = subprocess.Popen(
        [*command, "--socket", str(listening.fileno())],
        cwd=settings.BASE_DIR,
        pass_fds=[listening.fileno()],
    )
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "a@x.example", "b@y.example", "<1@x>"
    message.set_content("Sam’s lead has a message.\n.\nA line with one dot came before.")
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as sender:
            sender.send_message(message)
            kept = list((tmp_path / "mail").iterdir())
    finally:
        catcher.terminate()
        catcher.wait(10)
        for opened in sockets:
            opened.close()

    assert [path.suffix for path in kept] == [".eml"]
    assert b"Message-ID: <1@x>" in kept[0].read_bytes()
    assert b"\r\n.\r\n" in kept[0].read_bytes()
