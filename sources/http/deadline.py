"""A deadline for a whole answer, its headers included: a timeout alone begins again with each byte."""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

# a whole answer has so many times the patience that two of its bytes have
WHOLE = 2


class Late(TimeoutError):
    """The answer did not end in time."""


class _Bytes(io.RawIOBase):
    """What comes out of a socket until the deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._between = sock.gettimeout() or 0.0
        self._whole = WHOLE * self._between
        self._ends = time.monotonic() + self._whole

    def readable(self) -> bool:
        """As a file that is read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """The next bytes. Raises Late, or TimeoutError where they alone take too long."""
        left = self._ends - time.monotonic()
        if not self._whole:
            return self._raw.readinto(buffer)
        try:
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(min(left, self._between))
            return self._raw.readinto(buffer)
        except TimeoutError as error:
            if left <= self._between:
                raise Late(f"did not end its answer in {self._whole:g} s") from error
            raise

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


class _Source:
    """As much of a socket as an answer takes of it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Bytes(self._sock))


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(_Source(sock), *arguments, **options)  # type: ignore[arg-type]  # it makes one file of it


class _Plain(HTTPConnection):
    response_class = _Answer


class _Safe(HTTPSConnection):
    response_class = _Answer


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SafePool(HTTPSConnectionPool):
    ConnectionCls = _Safe


POOLS = {"http": _PlainPool, "https": _SafePool}


class Punctual(HTTPAdapter):
    """Carries requests whose answers have a deadline: WHOLE times the timeout of the request."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Connections are made as above."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """Through a proxy too."""
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = POOLS
        return manager
