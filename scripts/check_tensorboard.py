"""Reads an event file with TensorBoard itself: every tag with its number of values and the last.

    python3 -m venv venv && venv/bin/pip install tensorboard==2.21.0
    venv/bin/python scripts/check_tensorboard.py runs/digits-1/events.out.tfevents.gapwise

Made with Python 3.11, TensorBoard 2.21.0, NumPy 2.4.6 and protobuf 7.36.2. Ends with 1 where the
file holds no value. TensorBoard checks every record's checksums and stops at one that is torn.
"""

import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
    events.Reload()
    tags = events.Tags()["scalars"]
    print(f"file version {events.file_version}, {len(tags)} tags")
    for tag in tags:
        values = events.Scalars(tag)
        last = values[-1]
        print(f"{tag}: {len(values)} values, last {last.value:.6g} at step {last.step}, time {last.wall_time:.3f}")
    return 0 if tags else 1


sys.exit(main())
