"""Celery as a program to be measured: `python program.py <url> <queue>`; a line of JSON in, a line of JSON out."""

import base64
import json
import mmap
import os
import subprocess
import sys
import tempfile
import time

os.environ["BENCH_URL"], os.environ["BENCH_QUEUE"] = sys.argv[1:3]
# A byte for each task, which the worker's processes share: how often it was run.
runs_file = tempfile.NamedTemporaryFile()
runs_file.truncate(1 << 17)
runs = mmap.mmap(runs_file.fileno(), 0)
os.environ["BENCH_RUNS"] = runs_file.name
import redis
from tasks import add, app, queue, url

here = os.path.dirname(os.path.abspath(__file__))
keys = redis.Redis.from_url(url)
worker = None
sent = []


def ms(start):
    return (time.perf_counter() - start) * 1e3


def start_worker(slots, consume):
    global worker
    command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-c", str(slots), "-l", "error", "-n", "bench@local"]
    worker = subprocess.Popen(command + ["-Q", queue if consume else "nothing"], cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not app.control.ping(timeout=0.5):
        pass


def stop_worker():
    global worker
    if worker:
        worker.terminate()
        worker.wait()
    worker = None


def send(count):
    global sent
    start = time.perf_counter()
    sent = [add.delay(1, i) for i in range(count)]
    return {"ms": ms(start)}


def drain(count, slots):
    start_worker(slots, consume=False)
    start = time.perf_counter()
    app.control.add_consumer(queue)
    while keys.llen(queue) or keys.hlen("unacked"):
        time.sleep(0.005)
    answer = {"ms": ms(start)}
    stop_worker()
    return answer


def ran(count):
    taken = runs[:count]
    runs[:] = bytes(len(runs))
    return {"ran": base64.b64encode(taken).decode()}


def round_trips(count):
    times = []
    for i in range(count):
        start = time.perf_counter()
        if add.delay(1, i).get(timeout=10) != i + 1:
            raise RuntimeError("a wrong sum")
        times.append(ms(start))
    return {"times": times}


for line in sys.stdin:
    request = json.loads(line)
    command = request["command"]
    if command in ("send", "sendBulk"):
        answer = send(request["count"])
    elif command == "queued":
        answer = {"count": keys.llen(queue)}
    elif command == "drain":
        answer = drain(request["count"], request["slots"])
    elif command == "work":
        start_worker(request["slots"], consume=True)
        answer = {}
    elif command == "stop":
        stop_worker()
        answer = {}
    elif command == "ran":
        answer = ran(request["count"])
    elif command == "results":
        answer = {"count": sum(result.state == "SUCCESS" and result.result == i + 1 for i, result in enumerate(sent))}
    elif command == "clear":
        keys.delete(queue)
        answer = {}
    else:
        answer = round_trips(request["count"])
    print(json.dumps(answer), flush=True)
sent.clear()  # not while Python ends
stop_worker()
