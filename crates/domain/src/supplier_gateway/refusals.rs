//! How the supplier gateway says no: one variant a rule.

use crate::ids::{DispatchId, PurchaseOrderId, Sku, SupplierId, Timestamp};

crate::refusals! {
    /// Why a supplier cannot be defined so, or a supplier's message cannot be true.
    SupplierGatewayRefusal {
        /// Nobody has defined the supplier.
        UnknownSupplier { supplier: SupplierId }
            => Unknown "supplier_id", "no supplier {supplier} is defined",
            "define it with DefineSupplier, or list suppliers with ListSuppliers";
        /// There was never such a purchase order.
        UnknownPurchaseOrder { purchase_order: PurchaseOrderId }
            => Unknown "purchase_order_id", "no purchase order {purchase_order} is known",
            "check the id, or list purchase orders with ListPurchaseOrders";
        /// It was closed so long ago that only the log has it.
        PurchaseOrderForgotten { purchase_order: PurchaseOrderId }
            => Unknown "purchase_order_id",
            "purchase order {purchase_order} was closed and is no longer kept",
            "read its events from the log with `backorder tail`";
        /// All of it was received or rejected.
        PurchaseOrderClosed { purchase_order: PurchaseOrderId }
            => Precondition "purchase_order_id", "purchase order {purchase_order} is closed",
            "nothing more is to come of it; check which purchase order is meant";
        /// The message names a line that was not ordered.
        UnknownLine { line: u32 }
            => Unknown "lines.line", "the purchase order has no line {line}",
            "read the purchase order's lines with GetPurchaseOrder";
        /// The line is another SKU's.
        WrongSku { line: u32, sku: Sku, ordered: Sku }
            => Precondition "lines.sku", "line {line} is {ordered}, not {sku}",
            "read the purchase order's lines with GetPurchaseOrder";
        /// A message names a line twice.
        LineTwice { line: u32 }
            => Invalid "lines.line", "line {line} is named twice",
            "name each line once, with the sum of its units";
        /// A message names no line.
        NoLines {}
            => Invalid "lines", "no line is named", "name the lines that the message is about";
        /// A message names more lines than a purchase order can have.
        TooManyLines { lines: usize, most: usize }
            => Invalid "lines", "{lines} lines are named, {most} is the most",
            "name only lines of the purchase order";
        /// A message is about no units.
        NoQuantity { line: u32 }
            => Invalid "lines.quantity", "line {line} is named with 0 units",
            "leave lines out that the message is not about";
        /// More units than can still be.
        MoreThanOpen { line: u32, quantity: u32, open: u32 }
            => Precondition "lines.quantity",
            "line {line} has {open} units open, not {quantity}",
            "read what is open with GetPurchaseOrder";
        /// The dispatch was announced before.
        DispatchTaken { dispatch: DispatchId }
            => Precondition "dispatch_id", "dispatch {dispatch} was announced before",
            "give each dispatch of a purchase order an id of its own";
        /// Nobody announced the dispatch.
        UnknownDispatch { dispatch: DispatchId }
            => Unknown "dispatch_id", "no dispatch {dispatch} was announced",
            "record that it was shipped first";
        /// Too many dispatches for one purchase order.
        TooManyDispatches { most: usize }
            => Exhausted "dispatch_id", "the purchase order has {most} dispatches, the most",
            "combine what is left into the dispatches that were announced";
        /// A date before the order.
        DateBeforeOrder { eta: Timestamp, ordered_at: Timestamp }
            => Invalid "eta", "{eta} is before the order, which was made at {ordered_at}",
            "check the date's year and its time zone";
        /// A date too far away to be true.
        DateTooFar { eta: Timestamp, most: i64 }
            => Invalid "eta", "{eta} is more than {most} days after the order",
            "check the date's year; if no date is known, reject the units";
        /// A reason in too many words.
        ReasonTooLong { bytes: usize, most: usize }
            => Invalid "reason", "the reason is {bytes} bytes long, {most} is the most",
            "shorten it";
        /// Purchase orders' ids are made from the supplier's, and have a bound themselves.
        SupplierIdTooLong { bytes: usize, most: usize }
            => Invalid "supplier_id", "the id is {bytes} bytes long, {most} is the most",
            "choose a shorter id for the supplier";
        /// A name is missing.
        NoName {}
            => Invalid "name", "the supplier's name is empty", "say what a person calls them";
        /// A name too long to be read.
        NameTooLong { bytes: usize, most: usize }
            => Invalid "name", "the name is {bytes} bytes long, {most} is the most", "shorten it";
        /// Too many days.
        LeadTimeTooLong { days: u32, most: u32 }
            => Invalid "lead_time_days", "{days} days is more than {most}",
            "give the days from order to delivery";
        /// A day has 24 hours.
        NoSuchHour { hour: u8 }
            => Invalid "cutoff_hour", "{hour} is no hour of the day", "give 0 to 23, in UTC";
        /// Too many days around the lead time.
        SpreadTooWide { days: u32, most: u32 }
            => Invalid "simulated.spread_days", "{days} days is more than {most}",
            "give the days by which deliveries vary around the lead time";
        /// More than all.
        PercentTooHigh { field: &'static str, percent: u8 }
            => Invalid "simulated", "{field} is {percent}, more than 100", "give 0 to 100";
        /// Too many suppliers.
        TooManySuppliers { most: usize }
            => Exhausted "supplier_id", "{most} suppliers are defined, the most",
            "define one of them anew";
    }
}
