"""A client of Backorder: places orders, waits for the allocation, watches, retries, is refused.

usage: order.py [ORDERS [INVENTORY]]     addresses of the two services; of `backorder up` if omitted

The gRPC code is generated from ../../proto when the script starts; nothing is checked in.
"""

import pathlib
import sys
import time
import uuid

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

# grpcio-tools finds protos on the path of Python modules.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "proto"))
inventory, inventory_service = grpc.protos_and_services(
    "backorder/inventory/v1/inventory.proto"
)
orders, orders_service = grpc.protos_and_services("backorder/orders/v1/orders.proto")

TIMEOUT_S = 10
TRIES = 5
# The outcome is not known. The same command may be sent again: its id makes it count once.
UNKNOWN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def send(call, request):
    """Sends a command until its outcome is known, with a pause that grows."""
    for attempt in range(1, TRIES + 1):
        try:
            return call(request, timeout=TIMEOUT_S)
        except grpc.RpcError as error:
            if error.code() not in UNKNOWN or attempt == TRIES:
                raise
            time.sleep(0.2 * attempt)


def reason(error):
    """The reason code in an error's details: stable, unlike its message."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        found = error_details_pb2.ErrorInfo()
        if detail.Unpack(found):
            return found.reason
    return None


def show(order):
    """The first line of an order, in words."""
    line = order.lines[0]
    status = orders.OrderStatus.Name(order.status).removeprefix("ORDER_STATUS_")
    return f"{status}: {line.reserved} reserved, {line.backordered} waiting"


def main(orders_address="127.0.0.1:7441", inventory_address="127.0.0.1:7442"):
    warehouse = inventory_service.InventoryServiceStub(grpc.insecure_channel(inventory_address))
    shop = orders_service.OrdersServiceStub(grpc.insecure_channel(orders_address))

    # An id is made before the first try, and kept: it is what makes a retry safe.
    run = uuid.uuid4().hex[:8]
    sku, order_id = f"BOLT-{run}", f"web-{run}"

    # 1. Define where stock lies and what is sold, and count four pieces in.
    send(
        warehouse.DefineLocation,
        inventory.DefineLocationRequest(
            definition_id="example-location", location_id="EXAMPLE", name="The example's shelf"
        ),
    )
    send(
        warehouse.DefineItem,
        inventory.DefineItemRequest(
            definition_id=f"define-{sku}",
            sku=sku,
            description="Hex bolt M8",
            backorderable=inventory.Backorderable(cap=1000, longest_wait_days=60),
        ),
    )

    def receive(receipt_id, units):
        request = inventory.ReceiveStockRequest(receipt_id=receipt_id, location_id="EXAMPLE")
        request.lines.add(sku=sku, quantity=units)
        return send(warehouse.ReceiveStock, request)

    receive(f"receipt-{run}-1", 4)
    print("received 4")

    # 2. Place an order for six, and wait until the allocator has decided on every line.
    request = orders.PlaceOrderRequest(
        order_id=order_id,
        customer=orders.Customer(id="ada"),
        channel="web",
        ship_to=orders.ShipTo(country="GB"),
        currency="GBP",
    )
    request.lines.add(sku=sku, quantity=6, unit_price_minor=250)
    request.wait.FromSeconds(5)
    placed = send(shop.PlaceOrder, request)
    assert not placed.repeated
    print("placed")
    # Without an outcome in time the order is placed all the same.
    if placed.HasField("order"):
        print(show(placed.order))

    # 3. The same call again: the same answer, and nothing is recorded twice.
    again = send(shop.PlaceOrder, request)
    assert again.repeated and again.revision == placed.revision
    print("placed again: repeated, the same revision")

    # 4. Watch the order while two more pieces come in. A watch begins with the order as it is.
    watch = orders.WatchOrderRequest(order_id=order_id, at_least_revision=placed.revision)
    changes = shop.WatchOrder(watch, timeout=TIMEOUT_S)
    print(f"watching, {show(next(changes).order)}")
    receive(f"receipt-{run}-2", 2)
    for change in changes:
        print(f"watching, {show(change.order)}")
        if change.order.status == orders.ORDER_STATUS_RESERVED:
            changes.cancel()
            break

    # 5. The same id with other content is refused. A program acts on the reason code.
    request.lines[0].quantity = 7
    try:
        send(shop.PlaceOrder, request)
    except grpc.RpcError as error:
        if reason(error) != "ID_REUSED":
            raise
        print(f"refused, {reason(error)}: {error.details()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
