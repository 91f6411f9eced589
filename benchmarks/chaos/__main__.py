"""`python -m benchmarks.chaos`: random changes while processes are killed; then every promise is checked."""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from pathlib import Path

import click

from benchmarks.chaos.load import Plan
from benchmarks.chaos.run import Result, run

MOST_SHOWN = 40


@click.command()
@click.option(
    "--flips", default=2_000, show_default=True, help="How many changes, of one contact or of several."
)
@click.option("--threads", default=8, show_default=True, help="From how many clients at once.")
@click.option("--people", default=200, show_default=True, help="How many addresses there are.")
@click.option("--seed", type=int, help="Of the dice. [default: another each time]")
@click.option("--seconds", default=60.0, show_default=True, help="The load is spread over so long, at least.")
@click.option("--kills", default=5, show_default=True, help="How often each kind of process is killed.")
@click.option("--servers/--no-servers", "with_servers", help="Kill PostgreSQL and Valkey too.")
@click.option(
    "--rest/--no-rest", "rests", default=True, help="Wait a minute more, until time alone changes nothing."
)
@click.option("--keep", is_flag=True, help="Keep the folder even if all is well.")
def main(seed: int | None, keep: bool, **plan: object) -> None:
    """Change contacts at random while processes are killed, then check that every promise was kept.

    Starts all of plunk in a temporary folder (your data is not touched), with twenty tracked segments and two
    webhooks, one for everything and one for entries and exits. Clients upsert, track, batch, flip subscriptions, put
    contacts into static segments, move addresses, delete, and edit a rule. Meanwhile web workers, workers of all
    lanes with their work-horses, the scheduler and sessions of the database are killed, and the queue is emptied
    twice.

    The judge is an oracle of its own: triggers in the database write down every row in the transaction that writes
    it, and afterwards a few lines of Python go through them, contact by contact, with the twenty rules said once
    more. Checked are

    \b
    - every entry and exit is one that the rows of its transaction cause, and each that they cause is told;
    - ends of a minute are told truly, and soon: how late the latest was is printed;
    - entries and exits alternate, sequences of a contact run from 1 without gaps or doubles;
    - members, counts and history at the end are what was told, and what fresh SQL says of every rule;
    - each message came to the receivers, verified, with the same body each time, and none that nobody caused;
    - first arrivals about a contact come in the order of their sequence;
    - what was acknowledged is there, and events with an Idempotency-Key are there once.

    Ends with status 1 and the evidence if anything is wrong; the folder with the log is then kept.
    """
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    folder = Path(tempfile.mkdtemp(prefix="plunk-chaos-"))
    click.echo(f"seed {seed}")
    result = run(Plan(seed=seed, **plan), folder, click.echo)  # type: ignore[arg-type]
    click.echo(_summary(result))
    if result.faults or keep:
        click.echo(f"kept: {folder}")
    else:
        shutil.rmtree(folder)
    if result.faults:
        (folder / "faults.txt").write_text("\n".join(result.faults))
        click.echo(f"\n{len(result.faults)} faults, all of them in faults.txt:", err=True)
        for fault in result.faults[:MOST_SHOWN]:
            click.echo(f"  {fault}", err=True)
        sys.exit(1)


def _summary(result: Result) -> str:
    kills = ", ".join(f"{number} × {kind}" for kind, number in result.kills.items() if number)
    answers = ", ".join(f"{number} × {status}" for status, number in sorted(result.tally.answers.items()))
    replay, post = result.replay, result.post
    return "\n".join(
        [
            f"load           {result.load_seconds:.0f} s, slowest answer {result.tally.slowest:.1f} s",
            f"answers        {answers}; {result.tally.broken} connections broken",
            f"killed         {kills}",
            f"moves          {replay.moves:,} entries and exits, {replay.moves_by_time:,} of them by time alone",
            f"latest by time {replay.latest.total_seconds():.1f} s",
            f"messages       {post.messages:,} expected, {post.redelivered:,} delivered more than once",
            f"quiet after    {result.quiet_seconds:.0f} s",
            f"faults         {len(result.faults)}",
        ]
    )


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.chaos")
