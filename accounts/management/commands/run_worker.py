"""``manage.py run_worker``: mails and whatever else is done in the background."""

import asyncio
import logging
import time
from argparse import ArgumentParser
from typing import Any

import psycopg
import psycopg_pool
from django.core.management.base import BaseCommand
from procrastinate import exceptions
from procrastinate.contrib.django import app
from procrastinate.manager import JobManager

logger = logging.getLogger(__name__)

# Of a worker that was silent for so long it is taken that it is dead.
STALLED_SECONDS = 30.0
# Ours stops by itself before the supervisor loses its patience.
STOP_SECONDS = 8.0
REST_SECONDS = 2.0


class Command(BaseCommand):
    """Runs one worker, one task at a time, until a signal ends it; waits for a database that is away."""

    help = "Do the work of the background until a signal comes: mails first of all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stalled", type=float, default=STALLED_SECONDS, help="seconds of silence after which a worker is dead"
        )

    def handle(self, *args: Any, stalled: float, **options: Any) -> None:
        """Work, and start anew where the database went away meanwhile."""
        while True:
            try:
                with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
                    asyncio.run(_work(worker_app, stalled))
                return
            except (exceptions.ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout, OSError) as error:
                logger.warning("The worker lost its database (%s) and tries again.", type(error).__name__)
                time.sleep(REST_SECONDS)


async def _work(worker_app: Any, stalled: float) -> None:
    async with worker_app.open_async():
        watch = asyncio.create_task(_take_up(worker_app.job_manager, stalled))
        try:
            await worker_app.run_worker_async(
                # One after the other: a worker that is killed may repeat the one thing that it was at, no more.
                concurrency=1,
                delete_jobs="successful",
                update_heartbeat_interval=stalled / 4,
                stalled_worker_timeout=stalled,
                fetch_job_polling_interval=2.0,
                shutdown_graceful_timeout=STOP_SECONDS,
            )
        finally:
            watch.cancel()


async def _take_up(job_manager: JobManager, silence: float) -> None:
    """Put what a worker was at that was killed back into the queue, again and again: it no longer says it lives."""
    while True:
        try:
            for job in await job_manager.get_stalled_jobs(seconds_since_heartbeat=silence):
                await job_manager.retry_job(job)
        except exceptions.ConnectorException as error:
            # The worker itself notices too, and starts anew.
            logger.warning("Tasks of dead workers could not be looked for (%s).", type(error).__name__)
        await asyncio.sleep(silence / 2)
