"""Checks that the demo's summary adds up. Knows nothing but the summary."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    summary = json.load(file)

units, orders = summary["units"], summary["orders"]
outcomes = ("reserved", "backordered", "shipped", "cancelled", "refused")
wrong = [
    text
    for holds, text in (
        (summary["conservation"] == "ok", f"conservation: {summary['conservation']}"),
        (orders["placed"] > 0, "no order was placed"),
        (units["shipped"] > 0, "nothing was shipped"),
        (
            units["ordered"] == sum(units[outcome] for outcome in outcomes),
            "ordered is not reserved + backordered + shipped + cancelled + refused",
        ),
        (
            units["received"] + units["adjusted"] == units["on_hand"] + units["shipped"],
            "received + adjusted is not on_hand + shipped",
        ),
    )
    if not holds
]
for text in wrong:
    print(f"demo: {text}", file=sys.stderr)
print(json.dumps(summary["units"]), f"in {summary['seconds']} s")
sys.exit(bool(wrong))
