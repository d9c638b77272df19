"""The no-op job for Celery: `celery -A celery_noop worker` runs it, `python this COUNT` enqueues it."""
import os
import sys

from celery import Celery

app = Celery("celery_noop", broker=os.environ["REDIS_URL"])
app.conf.task_ignore_result = True
app.conf.worker_prefetch_multiplier = 64
app.conf.broker_connection_retry_on_startup = True


@app.task
def noop(number, sent, filler):
    pass


if __name__ == "__main__":
    with app.producer_pool.acquire(block=True) as producer:
        for number in range(int(sys.argv[1])):
            noop.apply_async((number, 0, "x" * 64), producer=producer)
