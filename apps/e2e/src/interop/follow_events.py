r"""Publishes to oncelog through a session, follows the log into the present, leaves, and goes on from where it was.

With the stubs that publish_events.py tells how to make:

    PYTHONPATH=stubs python3 apps/e2e/src/interop/follow_events.py localhost:8080
"""

import queue
import sys
import uuid

import grpc
from google.protobuf.duration_pb2 import Duration
from oncelog.v1 import event_log_service_pb2 as log
from oncelog.v1 import event_log_service_pb2_grpc as log_grpc
from oncelog.v1.event_pb2 import Event, EventFilter, OutcomeStatus
from publish_events import explain, status_of


def main(target):
    # A topic of this run's own, so that each run shows the same.
    topic = f"orders-{uuid.uuid4()}"
    with grpc.insecure_channel(target) as channel:
        event_log = log_grpc.EventLogServiceStub(channel)
        publish_in_a_session(event_log, topic)
        cursor = follow_into_the_present(event_log, topic)
        go_on_behind(event_log, topic, cursor)
        follow_the_urgent(event_log, topic)
        ask_for_something_wrong(event_log)


def publish_in_a_session(event_log, topic):
    """Every message has an answer, in the order of the messages: what is answered is safe and can be forgotten."""
    outgoing = queue.SimpleQueue()
    answers = event_log.PublishSession(iter(outgoing.get, None))
    opening = next(answers)
    print(f"session: opened, {'with' if opening.window_events > 0 else 'without'} a window")

    for ids in (["order-1", "order-2"], [""], ["order-3", "order-1"]):
        outgoing.put(log.PublishSessionRequest(events=[order(topic, event_id) for event_id in ids]))
    for _ in range(3):
        show_answer(next(answers))

    outgoing.put(log.PublishSessionRequest(events=[order(topic, "order-4")]))
    # Nothing more comes. What is on its way is answered all the same.
    outgoing.put(None)
    for answer in answers:
        show_answer(answer)
    print(f"session: ended with {answers.code().name}")


def show_answer(answer):
    """A message that breaks a rule is refused by itself; the session goes on."""
    if answer.HasField("failure"):
        print(f"session: refused: {answer.failure.message}")
        explain(answer.failure)
        return
    for outcome in answer.outcomes:
        status = OutcomeStatus.Name(outcome.status).removeprefix("OUTCOME_STATUS_")
        print(f"session: {status} at position {outcome.position}")


def order(topic, event_id, **more):
    return Event(topic=topic, event_id=event_id, source="python", **more)


def follow_into_the_present(event_log, topic):
    """First what is stored, then what comes. The cursor is where to go on: keep it with what the events led to."""
    responses = event_log.Subscribe(log.SubscribeRequest(filter=EventFilter(topics=[topic])))
    for response in responses:
        cursor = show_response(response)
        if response.HasField("caught_up"):
            publish(event_log, order(topic, "order-5"))
        if cursor_is_behind(response, "order-5"):
            responses.cancel()
            break
    print(f"subscription: ended with {responses.code().name}")
    return cursor


def cursor_is_behind(response, event_id):
    return any(entry.event.event.event_id == event_id for entry in response.batch.entries)


def show_response(response):
    kind = response.WhichOneof("message")
    if kind == "caught_up":
        print("subscription: caught up")
    for entry in response.batch.entries:
        print(f"subscription: {entry.event.event.event_id} at position {entry.event.position}")
    return getattr(response, kind).cursor


def go_on_behind(event_log, topic, cursor):
    """What was stored in the meantime comes first, and nothing comes twice."""
    publish(event_log, order(topic, "order-6", attributes={"urgent": "yes"}), order(topic, "order-7"))
    show_all(event_log, filter=EventFilter(topics=[topic]), after=cursor)


def follow_the_urgent(event_log, topic):
    """All parts of a filter must fit."""
    publish(event_log, order(f"{topic}/returns", "return-1", attributes={"urgent": "yes"}))
    urgent = EventFilter(topic_prefixes=[topic], sources=["python"], attributes={"urgent": "yes"})
    show_all(event_log, filter=urgent)


def show_all(event_log, **request):
    """A subscription that ends where the present begins."""
    responses = event_log.Subscribe(log.SubscribeRequest(end_when_caught_up=True, **request))
    for response in responses:
        show_response(response)
    print(f"subscription: ended with {responses.code().name}")


def publish(event_log, *events):
    event_log.Publish(log.PublishRequest(events=events))


def ask_for_something_wrong(event_log):
    """A refusal comes before anything else does, with the field that is wrong."""
    for wrong in ({"after": "a cursor of another log"}, {"heartbeat_interval": Duration(seconds=61)}):
        try:
            show_all(event_log, **wrong)
        except grpc.RpcError as error:
            print(f"refused with {error.code().name}: {error.details()}")
            explain(status_of(error))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "localhost:8080")
