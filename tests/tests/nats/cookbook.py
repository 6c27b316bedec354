"""Does what each command of docs/nats.md does, through a client that is not ours, and holds the
answers to what the page says of them. A command that is not known here is a failure.

usage: cookbook.py PAGE URL USER PASSWORD OTHER_URL      OTHER_URL: an empty server, to restore on
"""

import asyncio
import json
import pathlib
import re
import shlex
import sys
import tempfile

import nats

STREAM = "BO_main"
ROOMS = ["orders", "inventory", "allocator", "notifier", "supplier-gateway"]
PATIENCE_S = 45
GATHER_S = 0.5
CHUNK = 128 * 1024


def commands(page):
    """The lines of the page's `sh` blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


class Operator:
    def __init__(self, connection, other):
        self.connection = connection
        # The same user on an empty server.
        self.other = other
        self.folder = pathlib.Path(tempfile.mkdtemp())

    async def api(self, subject, request=None, connection=None):
        """Asks JetStream. An error of it is one of ours; a missing permission is a timeout."""
        body = json.dumps(request).encode() if request is not None else b""
        connection = connection or self.connection
        answer = await connection.request(f"$JS.API.{subject}", body, timeout=PATIENCE_S)
        answer = json.loads(answer.data)
        assert "error" not in answer, f"{subject}: {answer['error']}"
        return answer

    async def gather(self, subject):
        """The answers of all who answer."""
        inbox = self.connection.new_inbox()
        answers = await self.connection.subscribe(inbox)
        await self.connection.publish(subject, b"", reply=inbox)
        found = []
        while True:
            try:
                found.append(json.loads((await answers.next_msg(timeout=GATHER_S)).data))
            except nats.errors.TimeoutError:
                await answers.unsubscribe()
                return found

    async def info(self):
        return await self.api(f"STREAM.INFO.{STREAM}")

    async def consumers(self):
        listed = await self.api(f"CONSUMER.LIST.{STREAM}", {"offset": 0})
        return listed["consumers"]

    async def a_rooms_consumer(self):
        of_rooms = [c for c in await self.consumers() if "backorder.process" in c["config"]["metadata"]]
        return of_rooms[0]["name"]

    # --- one for each command ---------------------------------------------------------------------

    async def context_save(self, name, server, nkey, select):
        assert name and server.startswith("nats://") and nkey and select
        assert self.connection.is_connected

    async def rtt(self):
        await self.connection.flush(PATIENCE_S)

    async def account_info(self):
        assert (await self.api("INFO"))["streams"] >= 1

    async def stream_ls(self):
        listed = await self.api("STREAM.LIST", {"offset": 0})
        assert [of["config"]["name"] for of in listed["streams"]] == [STREAM]
        assert (await self.api("STREAM.NAMES"))["streams"] == [STREAM]

    async def stream_info(self, stream):
        assert stream == STREAM
        info = await self.info()
        assert "main" in info["config"]["description"]
        assert info["config"]["metadata"]["backorder.cell"] == "main"
        assert info["state"]["messages"] == info["state"]["last_seq"] > 0

    async def stream_view(self, stream, subject=None):
        """As the tool does: a named consumer is made, read from, and deleted."""
        assert stream == STREAM
        name = "cookbook"
        config = {
            "name": name,
            "deliver_policy": "all",
            "ack_policy": "none",
            "replay_policy": "instant",
            "inactive_threshold": 60_000_000_000,
        }
        where = f"CONSUMER.CREATE.{STREAM}.{name}"
        if subject:
            config["filter_subject"] = subject
            where = f"{where}.{subject}"
        made = await self.api(where, {"stream_name": STREAM, "config": config})
        wanted = made["num_pending"]
        inbox = self.connection.new_inbox()
        commits = await self.connection.subscribe(inbox)
        batch = json.dumps({"batch": wanted}).encode()
        await self.connection.publish(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{name}", batch, reply=inbox)
        types = set()
        before = 0
        for _ in range(wanted):
            commit = await commits.next_msg(timeout=PATIENCE_S)
            revision = commit.metadata.sequence.stream
            assert revision > before and (subject or revision == before + 1)
            before = revision
            assert subject in (None, commit.subject)
            events = json.loads(commit.data)["events"]
            types |= {event["type"] for event in events}
            counted = dict(pair.split("=") for pair in commit.headers["Backorder-Events"].split())
            assert sum(map(int, counted.values())) == len(events)
        await commits.unsubscribe()
        await self.api(f"CONSUMER.DELETE.{STREAM}.{name}")
        assert "order_placed" in types
        assert ("settled" in types) != bool(subject)

    async def stream_subjects(self, stream):
        answer = await self.api(f"STREAM.INFO.{stream}", {"subjects_filter": ">"})
        counts = answer["state"]["subjects"]
        assert set(counts) <= {f"bo.main.{room}" for room in ROOMS}
        assert sum(counts.values()) == answer["state"]["messages"]

    async def stream_get(self, stream, sequence=None, last_for=None):
        which = {"last_by_subj": last_for} if last_for else {"seq": int(sequence)}
        answer = await self.api(f"STREAM.MSG.GET.{stream}", which)
        if last_for:
            assert answer["message"]["subject"] == last_for
            # From any replica, by subject.
            direct = f"$JS.API.DIRECT.GET.{stream}.{last_for}"
            found = await self.connection.request(direct, b"", timeout=PATIENCE_S)
            assert found.headers["Nats-Subject"] == last_for
        else:
            assert answer["message"]["seq"] == int(sequence)
            direct = f"$JS.API.DIRECT.GET.{stream}"
            found = await self.connection.request(
                direct, json.dumps(which).encode(), timeout=PATIENCE_S
            )
            assert found.headers["Nats-Sequence"] == sequence
        assert "events" in json.loads(found.data)

    async def micro_ls(self):
        named = sorted(of["name"] for of in await self.gather("$SRV.INFO"))
        assert named == sorted(f"backorder-{room}" for room in ROOMS)

    async def micro_ping(self):
        assert len(await self.gather("$SRV.PING")) == len(ROOMS)

    async def micro_info(self, service):
        [info] = await self.gather(f"$SRV.INFO.{service}")
        assert {"process", "grpc", "cell", "room"} <= set(info["metadata"])
        [call] = [of for of in info["endpoints"] if of["name"] == "GetOrder"]
        assert call["subject"] == "bo.svc.main.orders.GetOrder"
        fields = json.loads(call["metadata"]["request_fields"])
        assert fields["order_id"] == "string" and "response" in call["metadata"]

    async def micro_stats(self, service):
        [stats] = await self.gather(f"$SRV.STATS.{service}")
        assert all("num_requests" in of for of in stats["endpoints"])

    async def req(self, subject, body):
        answer = await self.connection.request(subject, body.encode(), timeout=PATIENCE_S)
        headers = answer.headers or {}
        call = subject.rsplit(".", 1)[1]
        if "nobody-knows" in body:
            assert headers["Nats-Service-Error-Code"] == "404"
            assert headers["Nats-Service-Error"].startswith("NOT_FOUND UNKNOWN_ORDER: ")
            return
        assert "Nats-Service-Error" not in headers, headers
        said = json.loads(answer.data)
        expected = {
            "GetOrder": lambda: said["order"]["order_id"] == "web-1" and said["order"]["timeline"],
            "GetStock": lambda: said["stock"]["sku"] == "BOLT",
            "GetQueue": lambda: said["lines"][0]["order_id"] == "web-1",
            "ExplainAllocation": lambda: "web-1" in json.dumps(said),
            "GetMeasures": lambda: said["revision"] > 0,
        }
        assert expected[call](), said

    async def sub(self, subject, raw=False, grep=None):
        """Events go on while this listens."""
        heard = await self.connection.subscribe(subject)
        seen = []
        while len(seen) < 3:
            message = await heard.next_msg(timeout=PATIENCE_S)
            text = message.data.decode()
            if grep and grep not in text:
                continue
            words = message.subject.split(".")
            said = json.loads(text)
            if len(words) == 4:
                assert message.headers["Content-Type"].startswith("application/cloudevents+json")
                assert said["specversion"] == "1.0"
                assert said["type"] == f"backorder.{words[3]}" == f"backorder.{said['data']['type']}"
                assert said["id"].split(".")[0] == said["revision"]
            else:
                assert "events" in said
            seen.append(len(words))
        await heard.unsubscribe()
        if subject.endswith(">"):
            assert 3 in seen or 4 in seen

    async def consumer_ls(self, stream):
        assert stream == STREAM
        names = await self.api(f"CONSUMER.NAMES.{stream}", {"offset": 0})
        assert len(names["consumers"]) >= len(ROOMS)

    async def consumer_report(self, stream):
        of_rooms = [of["config"] for of in await self.consumers()]
        processes = {of["metadata"]["backorder.process"].split()[0] for of in of_rooms}
        assert processes == {f"backorder-{room}" for room in ROOMS}
        assert all("follows the log of main" in of["description"] for of in of_rooms)

    async def consumer_info(self, stream, name):
        assert name == "NAME"
        info = await self.api(f"CONSUMER.INFO.{stream}.{await self.a_rooms_consumer()}")
        assert info["num_pending"] < 1000 and info["config"]["metadata"]["backorder.rooms"]

    async def server_check_connection(self):
        await self.connection.flush(PATIENCE_S)

    async def server_check_stream(self, stream):
        """The tool's rules for a stream's metadata."""
        info = await self.info()
        want = monitored(info)
        assert want["enabled"] == "true"
        cluster = info.get("cluster")
        if cluster:
            peers = len(cluster.get("replicas") or []) + bool(cluster.get("leader"))
            assert peers == int(want["peer-expect"])
        else:
            assert int(want.get("peer-expect", 0)) <= 0, "the tool asks for a cluster then"
        subjects, warn, critical = (
            info["state"]["num_subjects"],
            int(want["subjects-warn"]),
            int(want["subjects-critical"]),
        )
        assert subjects < warn < critical

    async def server_check_consumer(self, stream, consumer):
        assert consumer == "NAME"
        info = await self.api(f"CONSUMER.INFO.{stream}.{await self.a_rooms_consumer()}")
        want = monitored(info)
        assert want["enabled"] == "true"
        assert info["num_pending"] < int(want["unprocessed-critical"])

    async def stream_backup(self, stream, folder):
        inbox = self.connection.new_inbox()
        chunks = await self.connection.subscribe(inbox)
        asked = {"deliver_subject": inbox, "chunk_size": CHUNK, "no_consumers": False}
        begun = await self.api(f"STREAM.SNAPSHOT.{stream}", asked)
        target = self.folder / folder
        target.mkdir()
        with open(target / "stream.tar.s2", "wb") as file:
            while True:
                chunk = await chunks.next_msg(timeout=PATIENCE_S)
                if chunk.reply:
                    await self.connection.publish(chunk.reply, b"")
                if not chunk.data:
                    break
                file.write(chunk.data)
        await chunks.unsubscribe()
        (target / "backup.json").write_text(json.dumps(begun))

    async def stream_restore(self, folder):
        target = self.folder / folder
        backup = json.loads((target / "backup.json").read_text())
        asked = {"config": backup["config"], "state": backup["state"]}
        begun = await self.api(f"STREAM.RESTORE.{STREAM}", asked, self.other)
        data = (target / "stream.tar.s2").read_bytes()
        assert data
        for at in range(0, len(data), CHUNK):
            chunk = data[at : at + CHUNK]
            await self.other.request(begun["deliver_subject"], chunk, timeout=PATIENCE_S)
        ended = await self.other.request(begun["deliver_subject"], b"", timeout=PATIENCE_S)
        ended = json.loads(ended.data)
        assert "error" not in ended, ended
        assert ended["state"]["messages"] == backup["state"]["messages"] > 0
        first = {"seq": 1}
        there = await self.api(f"STREAM.MSG.GET.{STREAM}", first, self.other)
        here = await self.api(f"STREAM.MSG.GET.{STREAM}", first)
        assert there["message"]["data"] == here["message"]["data"]

    async def run(self, line):
        """Does what a line of the page does."""
        line, _, filtered = line.partition(" | grep ")
        words = shlex.split(line)
        assert words.pop(0) == "nats", line
        names, given, options = [], [], {}
        while words:
            word = words.pop(0)
            if word in ("--select", "--raw"):
                options[word[2:]] = True
            elif word.startswith("--"):
                options[word[2:].replace("-", "_")] = words.pop(0)
            else:
                given.append(word)
        if filtered:
            options["grep"] = shlex.split(filtered)[0]
        while given:
            names.append(given.pop(0))
            command = getattr(self, "_".join(names), None)
            longer = getattr(self, "_".join([*names, *given[:1]]), None)
            if command and not (given and longer):
                return await command(*given, **options)
        raise AssertionError("the cookbook's test does not know this command")


def monitored(info):
    """What the tool looks for in metadata."""
    metadata = info["config"]["metadata"]
    prefix = "io.nats.monitor."
    return {key.removeprefix(prefix): value for key, value in metadata.items() if key.startswith(prefix)}


async def main(page, url, user, password, other_url):
    # A permission that lacks is said here, and fails the run: the request itself is met by silence.
    said = []

    async def error(trouble):
        said.append(repr(trouble))

    login = {"user": user, "password": password, "error_cb": error, "name": "cookbook"}
    connection = await nats.connect(url, **login)
    operator = Operator(connection, await nats.connect(other_url, **login))
    lines = commands(pathlib.Path(page).read_text())
    assert len(lines) > 25, lines
    failed = 0
    for line in lines:
        try:
            await operator.run(line)
        except Exception as trouble:
            failed += 1
            print(f"FAILED: {line}\n  {trouble!r} {said}", flush=True)
    assert not said, said
    print(f"{len(lines)} commands, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
