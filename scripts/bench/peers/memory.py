"""Memory of a full training step in PyTorch: `memory.py THREADS PRECISION BATCH live|resident`, one line of JSON.

live: the largest sum of the tensors' bytes, from the profiler's memory events, of a process that made its model under it.
resident: the process's largest resident memory, and that before the model was made; without a profiler.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
from vit_small import Training, create_model

STEPS = 3


def train(precision: str, batch: int) -> None:
    training = Training(create_model())
    for _ in range(STEPS):
        training.step(precision, batch)


def live(precision: str, batch: int) -> dict:
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        train(precision, batch)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profile.export_chrome_trace(str(path))
        events = json.loads(path.read_text())["traceEvents"]
    totals = [event["args"]["Total Allocated"] for event in events if event.get("name") == "[memory]"]
    return {"peak": max(totals)}


def resident(precision: str, batch: int) -> dict:
    idle = status_bytes("VmRSS")
    train(precision, batch)
    return {"idle": idle, "peak": status_bytes("VmHWM")}


def status_bytes(name: str) -> int:
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(name + ":"))
    return int(line.split()[1]) * 1024


def main() -> None:
    threads, precision, batch, what = sys.argv[1:]
    torch.set_num_threads(int(threads))
    measure = {"live": live, "resident": resident}[what]
    print(json.dumps({"answer": measure(precision, int(batch))}), flush=True)


if __name__ == "__main__":
    main()
