"""Run by test_pcsc in namespaces of its own: the real smart card service, its virtual reader, and our reader thread.

Prints what the reader thread told, one line of JSON for each event. The virtual reader (vsmartcard's vpcd) listens on
all interfaces, so nobody else is in this network; /run is our own, so the system's service is not touched.
"""

from __future__ import annotations

import dataclasses
import json
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

from pos_app.nfc import events
from pos_app.nfc.backends import pcsc
from pos_app.practice.cards import Type2Card, Type4Card, uri_message
from tests.support.cards import Told, bolt_card, reading
from tests.unit.nfc.test_pcsc import BOLT_ATR, STORAGE_ATR

PORT = 35963
LONGEST_WAIT_S = 20


class VirtualCard:
    """A card in the virtual reader: present as long as the connection stands."""

    def __init__(self, card: Type4Card | Type2Card) -> None:
        self._card = card
        self._atr = STORAGE_ATR if isinstance(card, Type2Card) else BOLT_ATR
        self._socket = socket.create_connection(("127.0.0.1", PORT), timeout=LONGEST_WAIT_S)
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> VirtualCard:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        with self._socket.makefile("rwb") as stream:
            while len(head := stream.read(2)) == 2:
                command = stream.read(int.from_bytes(head, "big"))
                if command == b"\x04":
                    answer = self._atr
                elif len(command) == 1:  # power off, power on, reset
                    self._card.reset()
                    continue
                else:
                    answer = self._card.apdu(command)
                stream.write(len(answer).to_bytes(2, "big") + answer)
                stream.flush()


class Service:
    """pcscd with the virtual reader only."""

    def __init__(self, folder: Path) -> None:
        library = next(Path("/usr/lib").rglob("libifdvpcd.so"))
        config = f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{PORT:#x}\nLIBPATH {library}\nCHANNELID {PORT:#x}\n'
        (folder / "vpcd").write_text(config)
        self._command = ["pcscd", "--foreground", "--config", str(folder)]

    def __enter__(self) -> Service:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(LONGEST_WAIT_S)


def wait_for(told: Told, kind: type[events.Event]) -> None:
    """Print events until one of this kind has come."""
    while True:
        event = told.next()
        print(json.dumps({"event": type(event).__name__} | dataclasses.asdict(event)), flush=True)
        if isinstance(event, kind):
            return


def main(folder: Path) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    service = Service(folder)
    with reading(pcsc.open_reader) as (_, told):
        with service:
            wait_for(told, events.ReaderReady)
            for card in (
                bolt_card(),
                Type4Card(uri_message("x" * 600)),
                Type2Card(uri_message("lnurlw://h.example/1")),
            ):
                with VirtualCard(card):
                    wait_for(told, events.CardRead)
                wait_for(told, events.CardRemoved)
        wait_for(told, events.ReaderLost)
        with service:
            wait_for(told, events.ReaderReady)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
