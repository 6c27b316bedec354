"""Follows the log of a Backorder cell: every event, in order, also after a restart.

usage: follow.py [URL [FILE [COUNT]]]    the NATS server; where the revision is kept; end after so
                                         many commits (never, if omitted)

Each commit is one message; its stream sequence is its revision. What is handled is noted in FILE,
so a reader that was killed between the two handles that commit again: make what you do with an event
safe to repeat, by its position (revision and index). A gap is an error, never skipped. A message
that no room could have written is passed over if the operator's record on the log says so: as
docs/reliability.md has it under Quarantine, where it says what else services look at.
"""

import asyncio
import json
import os
import pathlib
import sys

import nats
from nats.errors import TimeoutError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import APIError, NotFoundError

CELL = os.environ.get("BACKORDER_NATS_CELL", "main")
STREAM = f"BO_{CELL}"
# Where the records of quarantined messages stand.
RECORDS = f"bo.{CELL}.quarantine"
# Commits asked for at once, how long the server keeps the question open, and how long it keeps a
# consumer that nobody reads.
BATCH = 500
PATIENCE_S = 5
INACTIVE_S = 60


class Gap(Exception):
    """The log is not the one that was read before, or something is missing in it."""


def handle(revision, room, commit):
    """What is done with a commit. Put your own here."""
    for index, event in enumerate(commit["events"]):
        print(f"{revision}.{index} {room} {event['type']}", flush=True)


def read(file):
    """The last revision that was handled; 0 at the begin."""
    return int(file.read_text()) if file.exists() else 0


def keep(file, revision):
    """Notes a revision so that either the old one or the new one is there, whatever happens."""
    beside = file.with_suffix(".new")
    with open(beside, "w") as new:
        new.write(str(revision))
        new.flush()
        os.fsync(new.fileno())
    os.replace(beside, file)


async def last(jetstream):
    """The log's last revision."""
    return (await jetstream.stream_info(STREAM)).state.last_seq


async def consumer(jetstream, revision):
    """A consumer of everything after a revision. It keeps nothing: the revision is ours to keep."""
    end = await last(jetstream)
    if end < revision:
        raise Gap(f"the log ends at {end}, but {revision} was handled: this is another log")
    config = ConsumerConfig(
        description="follow.py",
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=revision + 1,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=INACTIVE_S,
        mem_storage=True,
    )
    # All rooms: then the revisions are contiguous.
    return await jetstream.pull_subscribe(f"bo.{CELL}.*", stream=STREAM, config=config)


async def quarantined(jetstream):
    """The records of what is passed over, by revision."""
    found, at = {}, 1
    while True:
        try:
            message = await jetstream.get_msg(STREAM, at, subject=RECORDS, next=True)
        except NotFoundError:
            return found
        record = json.loads(message.data)
        found.setdefault(record["revision"], record)
        at = message.seq + 1


def is_passed_over(record, room, data):
    """Whether a record is about this message."""
    return record is not None and record["room"] == room and record["bytes"] == len(data)


async def follow(url, file, count):
    connection = await nats.connect(url, name="follow.py", max_reconnect_attempts=-1)
    jetstream = connection.jetstream()
    revision, handled, commits, passed_over = read(file), 0, None, {}
    while count is None or handled < count:
        try:
            if commits is None:
                passed_over = await quarantined(jetstream)
                commits = await consumer(jetstream, revision)
            batch = BATCH if count is None else min(BATCH, count - handled)
            messages = await commits.fetch(batch, timeout=PATIENCE_S)
        except TimeoutError:
            # Nothing new; or the server has forgotten the consumer, as when it was restarted.
            if await last(jetstream) != revision:
                commits = None
            continue
        except (APIError, nats.errors.Error) as error:
            print(f"trying again: {error!r}", file=sys.stderr)
            commits = None
            await asyncio.sleep(1)
            continue
        for message in messages:
            found = message.metadata.sequence.stream
            if found != revision + 1:
                raise Gap(f"after {revision} came {found}")
            revision, room = found, message.subject.rsplit(".", 1)[1]
            if message.subject == RECORDS:
                # If it is about what was handled before: undo here what you did with that.
                passed_over = await quarantined(jetstream)
            elif is_passed_over(passed_over.get(found), room, message.data):
                print(f"{found} {room} is quarantined", file=sys.stderr)
            else:
                handle(found, room, json.loads(message.data))
                handled += 1
        keep(file, revision)
    await connection.close()


def main(url="nats://127.0.0.1:4222", file="revision", count=None):
    try:
        asyncio.run(follow(url, pathlib.Path(file), None if count is None else int(count)))
    except Gap as gap:
        sys.exit(f"stopped: {gap}")


if __name__ == "__main__":
    main(*sys.argv[1:])
