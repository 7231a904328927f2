"""A browser's connection to the server, which can break."""

import socket
import threading


class Connection:
    """Passes everything on to the server, and nothing at all while it is broken.

    Chromium can be told to be offline, but that holds for each of its parts on its own, and not from the first moment of
    a page or worker that starts meanwhile: a request got through in one of many runs.
    """

    def __init__(self, port: int):
        self.target = port
        self.lock = threading.Lock()
        self.sockets: set[socket.socket] = set()
        self.is_broken = False

    def __enter__(self) -> "Connection":
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accepts, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.listener.close()
        self._ends_all()

    def breaks(self, context) -> None:
        with self.lock:
            self.is_broken = True
        self._ends_all()
        context.set_offline(True)

    def returns(self, context) -> None:
        with self.lock:
            self.is_broken = False
        context.set_offline(False)

    def _accepts(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                if self.is_broken:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self.target))
                self.sockets |= {client, server}
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._passes, args=(source, sink), daemon=True).start()

    def _passes(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        self._ends(source, sink)

    def _ends_all(self) -> None:
        with self.lock:
            sockets = list(self.sockets)
        self._ends(*sockets)

    def _ends(self, *sockets: socket.socket) -> None:
        for each in sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            with self.lock:
                self.sockets.discard(each)
            each.close()
