"""A real SMTP server for tests: accepted mail becomes files; addresses say how it behaves.

usage: server.py PORT FOLDER MODE        (PORT 0: any; prints `ready PORT`; ends with its stdin)

busy-N@…  is told 451 the first N times     spam@… is told 554 after the data
nobody@…  is told 550                       drop@… loses the connection after the data, once
MODE: open | auth (user `shop`, password `secret`) | closed (greets with 554)
      breaks-tls (offers STARTTLS, then takes it back)

What clients said stands in FOLDER/heard, a line each.
"""

import asyncio
import os
import pathlib
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult


class Office:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.tries = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tries[address] = self.tries.get(address, 0) + 1
        if address.startswith("nobody@"):
            return "550 5.1.1 nobody of that name here"
        if address.startswith("busy-"):
            times = int(address[len("busy-") : address.index("@")])
            if self.tries[address] <= times:
                return "451 4.3.2 busy, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        address = envelope.rcpt_tos[0]
        if address.startswith("spam@"):
            return "554 5.7.1 we do not want this"
        number = len(list(self.folder.glob("*.eml")))
        head = f"X-Rcpt: {','.join(envelope.rcpt_tos)}\r\n".encode()
        unfinished = self.folder / f"{number:04}.tmp"
        unfinished.write_bytes(head + envelope.original_content)
        unfinished.rename(self.folder / f"{number:04}.eml")
        if address.startswith("drop@") and self.tries[address] == 1:
            server.transport.abort()
        return "250 OK"


class Listening(SMTP):
    """Notes each command, and may offer what it does not keep."""

    def __init__(self, office, breaks_tls=False, **settings):
        super().__init__(office, **settings)
        self.breaks_tls = breaks_tls

    def note(self, command):
        with open(self.event_handler.folder / "heard", "a") as heard:
            heard.write(f"{command}\n")

    async def smtp_EHLO(self, hostname):
        self.note("EHLO")
        if self.breaks_tls:
            await self.push("250-STARTTLS")
        await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg):
        self.note("STARTTLS")
        await self.push("454 4.7.0 not now")

    async def smtp_AUTH(self, arg):
        self.note("AUTH")
        await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg):
        self.note("MAIL")
        await super().smtp_MAIL(arg)


def authenticator(server, session, envelope, mechanism, auth):
    known = (auth.login, auth.password) == (b"shop", b"secret")
    return AuthResult(success=known, handled=False)


async def closed(reader, writer):
    writer.write(b"554 no mail here\r\n")
    await writer.drain()
    writer.close()


async def main(port, folder, mode):
    loop = asyncio.get_running_loop()
    if mode == "closed":
        server = await asyncio.start_server(closed, "127.0.0.1", port)
    else:
        office = Office(folder)
        auth = {"authenticator": authenticator, "auth_required": True, "auth_require_tls": False}
        settings = auth if mode == "auth" else {}
        breaks_tls = mode == "breaks-tls"
        factory = lambda: Listening(office, breaks_tls=breaks_tls, loop=loop, **settings)
        server = await loop.create_server(factory, "127.0.0.1", port)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_stdin, daemon=True).start()
asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
