//! Why the supplier gateway refuses a command: one variant for each rule.

use super::bounds::{MAX_LINE_UNITS, MAX_PACK_UNITS};
use crate::ids::{DispatchId, PurchaseOrderId, Sku, SupplierId, SupplierMessageId, Timestamp};

crate::refusals! {
    /// Why the supplier gateway refuses a definition or a supplier's message.
    SupplierGatewayRefusal {
        /// No supplier has this id.
        UnknownSupplier { supplier: SupplierId }
            => Unknown "supplier_id", "no supplier {supplier} is known",
            "list suppliers with ListSuppliers, or define one with DefineSupplier";
        /// No purchase order has this id.
        UnknownPurchaseOrder { purchase_order: PurchaseOrderId }
            => Unknown "purchase_order_id", "no purchase order {purchase_order} is known",
            "check the id, or list purchase orders with ListPurchaseOrders";
        /// The purchase order was closed long ago; only the log still has it.
        PurchaseOrderForgotten { purchase_order: PurchaseOrderId }
            => Unknown "purchase_order_id",
            "purchase order {purchase_order} was closed and is no longer kept",
            "read its events from the log with `backorder tail`";
        /// Every unit of the purchase order is received or rejected.
        PurchaseOrderClosed { purchase_order: PurchaseOrderId }
            => Precondition "purchase_order_id", "purchase order {purchase_order} is closed",
            "no more units of it can come; check the id";
        /// The purchase order has no such line.
        UnknownLine { line: u32 }
            => Unknown "lines.line", "the purchase order has no line {line}",
            "read the purchase order's lines with GetPurchaseOrder";
        /// Nobody has defined the item: a typing mistake would be on order for ever.
        UnknownSku { sku: Sku, near: String }
            => Unknown "lines.sku", "no item {sku} is defined{near}",
            "check the SKU, or define the item with DefineItem";
        /// Nobody has defined the item of which a supplier's terms are said.
        UnknownItem { sku: Sku, near: String }
            => Unknown "sku", "no item {sku} is defined{near}",
            "check the SKU, or define the item with DefineItem";
        /// A supplier's number of an item is a bounded text without control characters.
        SupplierSkuMalformed { bytes: usize, most: usize }
            => Invalid "supplier_sku",
            "the supplier's number has {bytes} bytes, or blanks around it or control characters; \
             at most {most} bytes are allowed",
            "give their number as they write it";
        /// An item of a supplier has a bounded number of GTINs.
        TooManyGtins { gtins: usize, most: usize }
            => Invalid "gtins", "{gtins} GTINs are given, but at most {most} are allowed",
            "give those that stand in their messages";
        /// A GTIN has 8, 12, 13 or 14 digits, of which the last checks the others, and is given
        /// once.
        GtinMalformed { gtin: String }
            => Invalid "gtins",
            "{gtin} is no GTIN of 8, 12, 13 or 14 digits, by its last one, or is given twice",
            "read the number again from the package";
        /// A name means one item of a supplier, so that their messages are understood.
        SupplierSkuUsed { name: String, sku: Sku }
            => Precondition "supplier_sku", "{name} is the supplier's number of {sku}",
            "correct the number, or define that item anew without it";
        /// An item of a supplier has a bounded number of packs.
        TooManyPacks { packs: usize, most: usize }
            => Invalid "packs", "{packs} packs are given, but at most {most} are allowed",
            "give those that stand in their messages";
        /// A pack has a code of measure, and holds a bounded number of units.
        PackMalformed { code: String, holds: u32 }
            => Invalid "packs",
            "a pack {code} of {holds} units is not a code of 1 to 3 letters and digits that holds \
             1 to {MAX_PACK_UNITS} units",
            "give the code that stands in their messages, such as CA";
        /// A smallest quantity and a multiple are quantities of a line.
        TermOutOfRange { field: &'static str, quantity: u32 }
            => Invalid "minimum", "the {field} is {quantity}, not 1 to {MAX_LINE_UNITS}",
            "correct the quantity, or leave it out";
        /// A cost is not negative.
        CostOutOfRange { minor: i64 }
            => Invalid "cost", "the cost of one unit is {minor}, less than 0",
            "give what one unit costs";
        /// A cell has a bounded number of suppliers' items.
        TooManySupplierItems { most: usize }
            => Exhausted "sku", "{most} items of suppliers are defined, the most",
            "redefine one of them";
        /// An item gave this SKU up.
        SkuOutdated { sku: Sku, to: Sku }
            => Precondition "sku", "{sku} is called {to} now",
            "order it as it is called now";
        /// A purchase order has one line an SKU, so that a receipt is counted against it.
        RepeatedSku { sku: Sku }
            => Invalid "lines.sku", "{sku} is given twice",
            "give each SKU once, with the sum of the units";
        /// A cell has a bounded number of open purchase orders.
        TooManyPurchaseOrders { most: usize }
            => Exhausted "purchase_order_id", "{most} purchase orders are open, the most",
            "close those of which nothing more will come";
        /// A purchase order is expected within so many days, either way.
        ExpectedOutOfRange { at: Timestamp, most: i64 }
            => Invalid "expected_at", "the date {at} is more than {most} days from now",
            "correct the date and its time zone";
        /// Who says something is named in a bounded text without control characters.
        WhoMalformed { bytes: usize, most: usize }
            => Invalid "source.who",
            "the name has {bytes} bytes or control characters; at most {most} bytes are allowed",
            "give a short name, such as `Mrs Lind, by telephone`";
        /// A schedule has a bounded number of parts.
        TooManyParts { line: u32, parts: usize, most: usize }
            => Invalid "lines.parts",
            "line {line} has {parts} parts, but at most {most} are allowed",
            "put those that lie farthest away together";
        /// A message has a bounded number of parts.
        TooManyPartsTogether { parts: usize, most: usize }
            => Invalid "lines.parts",
            "the lines have {parts} parts together, but at most {most} are allowed",
            "say the same of fewer lines, in several messages";
        /// The steps of a simulated supplier's plan have ids that nobody else may use: the plan
        /// would be held to have gone on.
        MessageIdMalformed { message: SupplierMessageId }
            => Invalid "message_id",
            "{message} is the id of a step of the simulated supplier",
            "choose another id, or leave it out to have one made";
        /// Parts are worked out from what has not left. Since then some has come or left, or was
        /// refused: they would bring it once more.
        PendingOutdated { line: u32, said: u32, pending: u32 }
            => Precondition "lines.pending",
            "of line {line} {pending} units have not left, no longer {said}",
            "read the purchase order again, and say what comes of what has not left";
        /// A message names the SKU that the line ordered.
        WrongSku { line: u32, sku: Sku, ordered: Sku }
            => Precondition "lines.sku", "line {line} ordered {ordered}, not {sku}",
            "read the purchase order's lines with GetPurchaseOrder";
        /// A message names each line once.
        RepeatedLine { line: u32 }
            => Invalid "lines.line", "line {line} is given twice",
            "give each line once, with the sum of the units";
        /// A message names at least one line.
        LinesMissing {}
            => Invalid "lines", "no lines are given", "give at least one line";
        /// A message names at most as many lines as a purchase order has.
        TooManyLines { lines: usize, most: usize }
            => Invalid "lines", "{lines} lines are given, but at most {most} are allowed",
            "leave lines out, or give them in several requests";
        /// A line of a message has at least one unit.
        QuantityOutOfRange { line: u32, units: u64 }
            => Invalid "lines.quantity",
            "line {line} would have {units} units, not 1 to {MAX_LINE_UNITS}",
            "correct the quantity, or leave the line out";
        /// A message is about at most the open units of a line.
        MoreThanOpen { line: u32, quantity: u32, open: u32 }
            => Precondition "lines.quantity",
            "line {line} has {open} units open, not {quantity}",
            "read the open units with GetPurchaseOrder";
        /// A dispatch is announced once.
        DispatchUsed { dispatch: DispatchId }
            => Precondition "dispatch_id", "dispatch {dispatch} was announced before",
            "give each dispatch of a purchase order its own id";
        /// No dispatch with this id was announced.
        UnknownDispatch { dispatch: DispatchId }
            => Unknown "dispatch_id", "no dispatch {dispatch} was announced",
            "record first that the dispatch was shipped";
        /// A purchase order has a bounded number of dispatches.
        TooManyDispatches { most: usize }
            => Exhausted "dispatch_id", "the purchase order has {most} dispatches, the most",
            "send the rest with dispatches that were announced";
        /// A date is not before the purchase order, and at most so many days after it.
        EtaOutOfRange { eta: Timestamp, ordered_at: Timestamp, most: i64 }
            => Invalid "eta",
            "the date {eta} is before the purchase order of {ordered_at}, or more than {most} \
             days after it",
            "correct the date and its time zone; if nobody knows it, schedule units without one";
        /// A reason has a bounded length.
        ReasonMalformed { bytes: usize, most: usize }
            => Invalid "reason", "the reason has {bytes} bytes, but at most {most} are allowed",
            "shorten the reason";
        /// A supplier's id leaves room for the ids of purchase orders, which are made from it.
        SupplierIdMalformed { bytes: usize, most: usize }
            => Invalid "supplier_id", "the id has {bytes} bytes, but at most {most} are allowed",
            "choose a shorter id for the supplier";
        /// A supplier has a name.
        NameMissing {}
            => Invalid "name", "the supplier's name is empty", "give the supplier's name";
        /// A name has a bounded length.
        NameMalformed { bytes: usize, most: usize }
            => Invalid "name", "the name has {bytes} bytes, but at most {most} are allowed",
            "shorten the name";
        /// A lead time is a bounded number of days.
        LeadTimeOutOfRange { days: u32, most: u32 }
            => Invalid "lead_time_days",
            "the lead time is {days} days, but at most {most} are allowed",
            "give the days from order to delivery";
        /// A cut-off hour is 0 to 23.
        CutoffHourOutOfRange { hour: u8 }
            => Invalid "cutoff_hour", "the cut-off hour is {hour}",
            "give 0 to 23, by the cell's clocks";
        /// A spread is a bounded number of days.
        SpreadOutOfRange { days: u32, most: u32 }
            => Invalid "simulated.spread_days",
            "the spread is {days} days, but at most {most} are allowed",
            "give the days by which deliveries vary around the lead time";
        /// A share is at most 100 percent.
        PercentOutOfRange { field: &'static str, percent: u8 }
            => Invalid "simulated", "{field} is {percent}, more than 100", "give 0 to 100";
        /// A cell has a bounded number of suppliers.
        TooManySuppliers { most: usize }
            => Exhausted "supplier_id", "{most} suppliers are defined, the most",
            "redefine one of them";
    }
}
