"""Writes goldens/tensorboard/events.bin: the records that TensorBoard's own writer makes of three events.

Their times are 1.5, 1.5 and 2.25 seconds: the file's version; the start of a session at step 7; and at step 7 the
values 0.5 of loss/train and 0.75 of accuracy.
"""

import sys
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

RESOURCES = Path(__file__).resolve().parent.parent / "cola-spark/src/test/resources"


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RESOURCES / "goldens/tensorboard"
    folder.mkdir(parents=True, exist_ok=True)
    values = [
        Summary.Value(tag="loss/train", simple_value=0.5),
        Summary.Value(tag="accuracy", simple_value=0.75),
    ]
    events = [
        Event(wall_time=1.5, file_version="brain.Event:2"),
        Event(wall_time=1.5, step=7, session_log=SessionLog(status=SessionLog.START)),
        Event(wall_time=2.25, step=7, summary=Summary(value=values)),
    ]
    with open(folder / "events.bin", "wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())
        writer.flush()


if __name__ == "__main__":
    main()
