r"""Consumes from oncelog in a durable group: each event is handed out until it is acknowledged, at most so many times.

With the stubs that publish_events.py tells how to make:

    PYTHONPATH=stubs python3 apps/e2e/src/interop/consume_events.py localhost:8080
"""

import sys
import time
import uuid

import grpc
from google.protobuf.duration_pb2 import Duration
from oncelog.v1 import consumer_service_pb2 as consumer
from oncelog.v1 import consumer_service_pb2_grpc as consumer_grpc
from oncelog.v1 import event_log_service_pb2 as log
from oncelog.v1 import event_log_service_pb2_grpc as log_grpc
from oncelog.v1.consumer_group_pb2 import GroupSettings, SettleResult
from oncelog.v1.event_pb2 import Event, EventFilter, StartPosition
from publish_events import explain, status_of

ATTEMPTS_MAX = 2
REJECTION_DELAY_MS = 300


def main(target):
    # A topic and a group of this run's own, so that each run shows the same.
    topic = group = f"orders-{uuid.uuid4()}"
    with grpc.insecure_channel(target) as channel:
        event_log = log_grpc.EventLogServiceStub(channel)
        consumers = consumer_grpc.ConsumerServiceStub(channel)
        create_group(consumers, group, topic)
        publish(event_log, topic, "order-1", "order-2", "order-3")
        acknowledge_twice(consumers, group)
        reject_until_dead(consumers, group)
        replay_the_dead(consumers, group)
        consume_as_a_stream(consumers, group, lambda *ids: publish(event_log, topic, *ids))
        seek_to_the_beginning(consumers, group)
        delete_group(consumers, group)


def create_group(consumers, group, topic):
    """The same once more is no error; other settings under the same name are."""
    settings = GroupSettings(filter=EventFilter(topics=[topic]), attempts_max=ATTEMPTS_MAX)
    for _ in range(2):
        response = consumers.CreateGroup(consumer.CreateGroupRequest(name=group, settings=settings))
        print(f"group: {'created' if response.created else 'was there already'}")
    settings.attempts_max += 1
    try:
        consumers.CreateGroup(consumer.CreateGroupRequest(name=group, settings=settings))
    except grpc.RpcError as error:
        print(f"group: refused with {error.code().name}")
        explain(status_of(error))


def publish(event_log, topic, *event_ids):
    event_log.Publish(log.PublishRequest(events=[Event(topic=topic, event_id=event_id) for event_id in event_ids]))


def acknowledge_twice(consumers, group):
    """What is acknowledged never comes again, and saying so once more changes nothing."""
    deliveries = pull(consumers, group, events_max=2)
    for _ in range(2):
        acknowledge(consumers, group, deliveries)


def pull(consumers, group, **request):
    """Waits for the first event, and not for a full answer."""
    request = consumer.PullRequest(group=group, member="python", wait=Duration(seconds=10), **request)
    return shown(consumers.Pull(request).deliveries)


def shown(deliveries):
    for delivery in deliveries:
        print(f"delivered: {delivery.entry.event.event.event_id}, attempt {delivery.attempt}")
    return deliveries


def acknowledge(consumers, group, deliveries):
    ids = [delivery.delivery_id for delivery in deliveries]
    response = consumers.Acknowledge(consumer.AcknowledgeRequest(group=group, delivery_ids=ids))
    show_results("acknowledged", response.results)


def show_results(what, results):
    names = [SettleResult.Name(result).removeprefix("SETTLE_RESULT_") for result in results]
    print(f"{what}: {', '.join(names)}")


def reject_until_dead(consumers, group):
    """A rejected event comes again after its delay; when its attempts are used up it becomes a dead letter."""
    rejected_at = None
    for _ in range(ATTEMPTS_MAX):
        deliveries = pull(consumers, group)
        if rejected_at is not None:
            waited_ms = (time.monotonic() - rejected_at) * 1000
            print(f"came again {'behind' if waited_ms >= REJECTION_DELAY_MS else 'before'} its delay")
        rejected_at = time.monotonic()
        reject(consumers, group, deliveries)
    response = consumers.ListDeadLetters(consumer.ListDeadLettersRequest(group=group))
    for letter in response.dead_letters:
        event = letter.entry.event.event
        print(f"dead letter: {event.event_id}, {letter.attempts} attempts, {letter.reason}")


def reject(consumers, group, deliveries):
    request = consumer.RejectRequest(group=group, reason="out of stock")
    request.delivery_ids.extend(delivery.delivery_id for delivery in deliveries)
    request.delay.FromMilliseconds(REJECTION_DELAY_MS)
    show_results("rejected", consumers.Reject(request).results)


def replay_the_dead(consumers, group):
    """Delivered again with all attempts before it."""
    response = consumers.ReplayDeadLetters(consumer.ReplayDeadLettersRequest(group=group))
    print(f"replayed: {response.replayed}")
    acknowledge(consumers, group, pull(consumers, group))


def consume_as_a_stream(consumers, group, publish_more):
    """Events as they come, with no more of them unsettled than the window lets through."""
    request = consumer.StreamingPullRequest(group=group, member="python", window_events=1)
    responses = consumers.StreamingPull(request)
    publish_more("order-4", "order-5")
    left = 2
    for response in responses:
        # An empty one is a sign of life.
        if not response.deliveries:
            continue
        print(f"stream: {len(response.deliveries)} at a time")
        acknowledge(consumers, group, shown(response.deliveries))
        left -= len(response.deliveries)
        if left == 0:
            responses.cancel()
            break
    print(f"stream: ended with {responses.code().name}")


def seek_to_the_beginning(consumers, group):
    """Everything comes again, and what was handed out before can no longer be settled."""
    sought = seek(consumers, group, start=StartPosition.START_POSITION_BEGINNING)
    print(f"group: {sought.backlog} to come, {sought.outstanding} outstanding")
    before = pull(consumers, group, events_max=2)
    seek(consumers, group, after=before[0].entry.event.cursor)
    acknowledge(consumers, group, before)
    acknowledge(consumers, group, pull(consumers, group))


def seek(consumers, group, **target):
    return consumers.SeekGroup(consumer.SeekGroupRequest(group=group, **target)).group


def delete_group(consumers, group):
    """Its place is forgotten, and what asks for it is refused."""
    for _ in range(2):
        response = consumers.DeleteGroup(consumer.DeleteGroupRequest(name=group))
        print(f"group: {'deleted' if response.deleted else 'was not there'}")
    try:
        pull(consumers, group)
    except grpc.RpcError as error:
        print(f"group: refused with {error.code().name}")
        explain(status_of(error))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "localhost:8080")
