"""The worker: does the work of the background until a signal comes. Plumbing of the project: knows no room.

It runs one task at a time, so that a worker that is killed repeats the one that it was at, and no other. It says every
few seconds that it lives; what a worker was at that fell silent is taken up by another, or by its successor.
"""

import asyncio
import logging
import signal
from contextlib import suppress

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app, connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager

logger = logging.getLogger(__name__)

# A worker that said nothing for so long is dead.
SILENCE_SECONDS = 20.0
# How soon a database that went away is asked again.
REST_SECONDS = 2.0
# New work is announced by the database; only what was put off for later is looked for.
LOOK_SECONDS = 2.0


def work(*, silence: float = SILENCE_SECONDS, once: bool = False) -> None:
    """Work until a signal comes or, with ``once``, until nothing is due; wait for a database that is away."""
    asyncio.run(_work_once(silence) if once else _work_until_signal(silence))


async def _work_until_signal(silence: float) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    while not stopped.is_set():
        try:
            await _work(stopped, silence)
        except (ConnectorException, psycopg.Error, OSError) as error:
            logger.warning("The worker has lost its database (%s), and tries again.", type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), REST_SECONDS)


async def _work(stopped: asyncio.Event, silence: float) -> None:
    """Work until told to stop; end with an error where the database goes away."""
    with app.replace_connector(_connector()) as queue:
        async with queue.open_async():
            parts = [
                asyncio.create_task(_run(queue, silence, wait=True)),
                asyncio.create_task(_take_up_again_and_again(queue.job_manager, silence)),
                asyncio.create_task(stopped.wait()),
            ]
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in parts:
                part.cancel()
            # The worker ends in order, with the task that it is at: a task that runs in a thread cannot be cut off.
            for ended in await asyncio.gather(*parts, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended
            if not stopped.is_set():
                logger.warning("The worker stopped by itself, and starts again.")


async def _work_once(silence: float) -> None:
    with app.replace_connector(_connector()) as queue:
        async with queue.open_async():
            await take_up(queue.job_manager, silence)
            await _run(queue, silence, wait=False)


async def _run(queue: App, silence: float, *, wait: bool) -> None:
    await queue.run_worker_async(
        wait=wait,
        concurrency=1,
        listen_notify=wait,
        # `_work` hears the signals.
        install_signal_handlers=False,
        # What succeeded leaves nothing: no list of who was written to when.
        delete_jobs="successful",
        fetch_job_polling_interval=min(LOOK_SECONDS, silence / 2),
        update_heartbeat_interval=silence / 4,
        stalled_worker_timeout=silence,
    )


def _connector() -> PsycopgConnector:
    """Return connections of the worker's own, to the database of Django's settings."""
    return PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=4, timeout=5, reconnect_timeout=5)


async def _take_up_again_and_again(manager: JobManager, silence: float) -> None:
    # Beside the worker and not in its queue: there it would wait behind a mail server that is slow.
    while True:
        await take_up(manager, silence)
        await asyncio.sleep(silence / 2)


async def take_up(manager: JobManager, silence: float) -> int:
    """Put the tasks of workers that were silent for so long back into the queue; return how many these were."""
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=silence))
    for job in stalled:
        # Another worker may have been quicker.
        with suppress(ConnectorException):
            await manager.retry_job(job)
    return len(stalled)
