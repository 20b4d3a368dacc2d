"""Durable no-op jobs a second with huey on SQLite, every commit on disk: launched and processed at the same time.

usage: huey_jobs.py [COUNT]   prints one number
"""

import logging
import os
import sys
import tempfile
import threading
import time

from huey import SqliteHuey

PRODUCERS = 4


def measure(folder: str, count: int, workers: int) -> float:
    huey = SqliteHuey(filename=os.path.join(folder, f"huey{workers}.db"), fsync=True, results=False)
    lock = threading.Lock()
    done = threading.Event()
    ended = 0

    @huey.task()
    def work() -> None:
        nonlocal ended
        with lock:
            ended += 1
            if ended == count:
                done.set()

    consumer = huey.create_consumer(workers=workers, worker_type="thread", initial_delay=0.001, max_delay=0.001, periodic=False)
    start = time.monotonic()
    consumer.start()
    producers = [threading.Thread(target=lambda: [work() for _ in range(count // PRODUCERS)]) for _ in range(PRODUCERS)]
    for producer in producers:
        producer.start()
    if not done.wait(timeout=120):
        sys.exit(f"huey finished {ended} of {count} jobs within 120 s")
    seconds = time.monotonic() - start
    consumer.stop(graceful=True)
    return count / seconds


def main() -> None:
    logging.disable(logging.CRITICAL)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    count -= count % PRODUCERS
    with tempfile.TemporaryDirectory(prefix="lunad-bench") as folder:
        print(round(max(measure(folder, count, workers) for workers in (1, 4))))


if __name__ == "__main__":
    main()
