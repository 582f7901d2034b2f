"""Waiting for results: one look at the book for all who wait, as often as that is cheap.

skyrl looks for each of them, at first often and in the end once a second: much work for many, and for a tiny model's
call a wait of mostly nothing.
"""

import asyncio
from typing import Any

from skyrl.tinker.db_models import FutureDB, RequestStatus
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

BETWEEN_LOOKS = 0.02
"""Seconds."""


class Waits:
    """Who waits for which future."""

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Event] = {}
        self._looking: asyncio.Task[Any] | None = None

    async def done(self, book: AsyncEngine, number: int, seconds: float) -> FutureDB | None:
        """The future once it is finished, or as it is after so many seconds; None where there is none."""
        future = await _read(book, number)
        if future is not None and future.status == RequestStatus.PENDING:
            finished = self._waiting.setdefault(number, asyncio.Event())
            if self._looking is None or self._looking.done():
                self._looking = asyncio.ensure_future(self._look(book))
            try:
                await asyncio.wait_for(finished.wait(), seconds)
            except TimeoutError:
                return future
            return await _read(book, number)
        return future

    async def _look(self, book: AsyncEngine) -> None:
        while self._waiting:
            question = select(FutureDB.request_id).where(
                FutureDB.request_id.in_(self._waiting), FutureDB.status != RequestStatus.PENDING
            )
            async with AsyncSession(book) as session:
                finished = (await session.exec(question)).all()
            for number in finished:
                self._waiting.pop(number).set()
            await asyncio.sleep(BETWEEN_LOOKS)


async def _read(book: AsyncEngine, number: int) -> FutureDB | None:
    async with AsyncSession(book) as session:
        return await session.get(FutureDB, number)


waits = Waits()
