r"""Publishes to oncelog from Python, and shows what comes back. Run it twice: nothing is stored twice.

Once, in the folder of the project, with the packages grpcio and grpcio-tools:

    mkdir stubs && python3 -m grpc_tools.protoc -I proto \
        --python_out=stubs --grpc_python_out=stubs \
        google/api/annotations.proto google/api/http.proto google/rpc/error_details.proto google/rpc/status.proto \
        proto/oncelog/v1/*.proto

Then:

    PYTHONPATH=stubs python3 apps/e2e/src/interop/publish_events.py localhost:8080
"""

import json
import sys

import grpc
from google.rpc import error_details_pb2, status_pb2
from oncelog.v1 import event_log_service_pb2 as log
from oncelog.v1 import event_log_service_pb2_grpc as log_grpc
from oncelog.v1.event_pb2 import Event, OutcomeStatus

# Sending the same ids again is always safe, so gRPC itself may do it while the server restarts.
SERVICE_CONFIG = {
    "methodConfig": [
        {
            "name": [{"service": "oncelog.v1.EventLogService"}],
            "timeout": "10s",
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.2s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}


def main(target):
    options = [("grpc.service_config", json.dumps(SERVICE_CONFIG))]
    with grpc.insecure_channel(target, options) as channel:
        event_log = log_grpc.EventLogServiceStub(channel)
        publish_orders(event_log)
        publish_measurements(event_log)
        list_orders(event_log)
        show_counters(event_log)
        publish_something_wrong(event_log)


def publish_orders(event_log):
    """One call is one transaction. Each event has an outcome, and a repeat is a success."""
    orders = [order("order-1", 42), order("order-2", 7), order("order-1", 42), order("order-2", 8)]
    response = event_log.Publish(log.PublishRequest(events=orders))
    for event, outcome in zip(orders, response.outcomes):
        status = OutcomeStatus.Name(outcome.status).removeprefix("OUTCOME_STATUS_")
        print(f"{event.event_id}: {status} at position {outcome.position}")


def order(event_id, total):
    event = Event(topic="orders", event_id=event_id, source="python")
    event.payload.update({"total": total})
    return event


def publish_measurements(event_log):
    """A stream takes any number of events; its one answer comes when all of them are on disk."""
    summary = event_log.PublishStream(measurements(messages=10, events=50)).summary
    print(
        f"stream: received {summary.received}, stored {summary.stored}, "
        f"duplicates {summary.duplicates}, conflicts {summary.conflicts}"
    )


def measurements(messages, events):
    for message in range(messages):
        yield log.PublishStreamRequest(
            events=[
                Event(
                    topic="measurements",
                    event_id=f"sensor-{message}-{number}",
                    source="python",
                    data=json.dumps({"celsius": 20 + number / 10}).encode(),
                    content_type="application/json",
                )
                for number in range(events)
            ]
        )


def list_orders(event_log):
    """Page after page, until there is no token for another one."""
    request = log.ListEventsRequest(topic="orders", page_size=1)
    while True:
        page = event_log.ListEvents(request)
        for stored in page.events:
            print(f"{stored.position}: {stored.event.event_id} {json.dumps(dict(stored.event.payload))}")
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def show_counters(event_log):
    counters = event_log.GetStats(log.GetStatsRequest()).counters
    print(
        f"received {counters.received} = stored {counters.stored} "
        f"+ duplicates {counters.duplicates} + conflicts {counters.conflicts}"
    )


def publish_something_wrong(event_log):
    """A refusal says why, where, and whether anything may have been stored."""
    try:
        event_log.Publish(log.PublishRequest(events=[Event(topic="orders")]))
    except grpc.RpcError as error:
        print(f"refused with {error.code().name}: {error.details()}")
        explain(status_of(error))


def explain(status):
    for detail in details_of(status):
        if isinstance(detail, error_details_pb2.ErrorInfo):
            print(f"reason {detail.reason}, outcome {detail.metadata['outcome']}")
        if isinstance(detail, error_details_pb2.BadRequest):
            for violation in detail.field_violations:
                print(f"field {violation.field}: {violation.description}")


def status_of(error):
    """The google.rpc.Status of a failed call. The package grpcio-status offers the same as rpc_status.from_call."""
    trailers = dict(error.trailing_metadata())
    return status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b""))


def details_of(status):
    for packed in status.details:
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest):
            if packed.Is(kind.DESCRIPTOR):
                detail = kind()
                packed.Unpack(detail)
                yield detail


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "localhost:8080")
