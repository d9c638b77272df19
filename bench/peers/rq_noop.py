"""The no-op job for RQ: `rq worker` runs it, `python this COUNT` enqueues it in bulk."""
import os
import sys


def noop(number, sent, filler):
    pass


if __name__ == "__main__":
    from redis import Redis
    from rq import Queue

    queue = Queue("default", connection=Redis.from_url(os.environ["REDIS_URL"]))
    count = int(sys.argv[1])
    for start in range(0, count, 500):
        queue.enqueue_many(
            [
                Queue.prepare_data("rq_noop.noop", args=(number, 0, "x" * 64))
                for number in range(start, min(start + 500, count))
            ]
        )
