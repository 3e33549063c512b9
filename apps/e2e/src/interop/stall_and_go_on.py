r"""Subscribes to oncelog and reads nothing until it is ended for that; then goes on from the cursor in the failure.

With the stubs that publish_events.py tells how to make:

    PYTHONPATH=stubs python3 apps/e2e/src/interop/stall_and_go_on.py localhost:8080
"""

import sys
import time
import uuid

import grpc
from google.rpc import error_details_pb2
from oncelog.v1 import event_log_service_pb2 as log
from oncelog.v1 import event_log_service_pb2_grpc as log_grpc
from oncelog.v1.event_pb2 import Event, EventFilter
from publish_events import details_of, explain, status_of

# 32 MB: more than what the transports on both sides hold for a reader that does not read.
BATCHES, BATCH_EVENTS, CONTENT_BYTES = 16, 50, 40_000
POLL_SECONDS = 0.05


def main(target):
    topic = f"stalled-{uuid.uuid4()}"
    with grpc.insecure_channel(target) as channel:
        event_log = log_grpc.EventLogServiceStub(channel)
        publish_a_lot(event_log, topic)
        read, cursor = stall(event_log, topic)
        everything = read + read_on(event_log, topic, cursor)
        expected = [str(number) for number in range(BATCHES * BATCH_EVENTS)]
        print(f"read: {'each event once and in order' if everything == expected else everything}")


def publish_a_lot(event_log, topic):
    for batch in range(BATCHES):
        numbers = range(batch * BATCH_EVENTS, (batch + 1) * BATCH_EVENTS)
        events = [Event(topic=topic, event_id=str(number), data=bytes(CONTENT_BYTES)) for number in numbers]
        event_log.Publish(log.PublishRequest(events=events))


def stall(event_log, topic):
    """What was on its way can still be read; the failure comes behind it."""
    responses = event_log.Subscribe(log.SubscribeRequest(filter=EventFilter(topics=[topic])))
    read = ids_of(next(responses))
    while event_log.GetStats(log.GetStatsRequest()).subscribers > 0:
        time.sleep(POLL_SECONDS)
    try:
        for response in responses:
            read += ids_of(response)
    except grpc.RpcError as error:
        print(f"ended with {error.code().name}")
        explain(status_of(error))
        return read, cursor_in(error)
    raise AssertionError("the subscription ended as if everything had been read")


def cursor_in(error):
    infos = (detail for detail in details_of(status_of(error)) if isinstance(detail, error_details_pb2.ErrorInfo))
    return next(infos).metadata["cursor"]


def ids_of(response):
    return [entry.event.event.event_id for entry in response.batch.entries]


def read_on(event_log, topic, cursor):
    request = log.SubscribeRequest(filter=EventFilter(topics=[topic]), after=cursor, end_when_caught_up=True)
    return [event_id for response in event_log.Subscribe(request) for event_id in ids_of(response)]


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "localhost:8080")
