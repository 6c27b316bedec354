//! What a buyer does with a purchase order: makes it, and types in what the supplier says of it.
//! Must not know how purchase orders are shown.

use api::supplier_gateway::v1::record_supplier_message_request::Said;
use api::supplier_gateway::v1::{
    Arrived, Closed, Confirmed, CreatePurchaseOrderRequest, DatedLine, Delayed, Dispatched,
    GetPurchaseOrderRequest, PurchaseOrder, PurchaseOrderLine, PurchaseQuantity,
    RecordSupplierMessageRequest, RecordSupplierMessageResponse, Rejected, SchedulePart, Scheduled,
    ScheduledLine, Source, SupplierLine, Way,
};
use chassis::wire::stamp;
use clap::Args;
use domain::decider::Room;

use super::super::supply::to_come;
use super::lines::{OfPurchase, When, of_purchase, when};
use crate::output::decided;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, Goods, Moment};

/// Order goods from a supplier
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder po create po-7 --supplier acme --line BOLT:100 --line NUT:500
  backorder po create po-7 --supplier acme --line BOLT:100 \\
    --expected 2026-12-12 --said-by \"Mrs Lind, by telephone\"
  backorder po create po-7 --supplier acme --line BOLT:100 --dry-run

Promises of those who wait follow within a second. What inventory asks for by
itself is ordered without this command.")]
pub(crate) struct Create {
    /// Your number of the purchase order
    purchase_order: String,
    /// The supplier, who must be defined
    #[arg(long)]
    supplier: String,
    /// SKU and quantity in the item's unit; each SKU once
    #[arg(long = "line", required = true, value_name = "SKU:QUANTITY", value_parser = words::goods)]
    lines: Vec<Goods>,
    /// When it should arrive [default: after the supplier's lead time]
    #[arg(long, value_name = "DATE", value_parser = words::time)]
    expected: Option<Moment>,
    #[command(flatten)]
    word: Word,
}

/// Record that the supplier said yes, with a date
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder po confirm po-7 --date 2026-12-12
  backorder po confirm po-7 --line BOLT@2026-12-12 --line NUT@2026-12-19
  backorder po confirm po-7 --line BOLT:40@2026-12-12 --line BOLT:60@2027-03-12
  backorder po confirm po-7 --line BOLT:40@2026-12-12 --line BOLT:60@?

Without --line the date is that of every line that is open. With quantities,
these are all that is still to leave of the line: fewer than were open, or more
than were ordered, are what the supplier now says. ? is a date that the
supplier does not know.")]
pub(crate) struct Confirm {
    #[command(flatten)]
    of: OfOrder,
    /// Line, by number or SKU, its date, and how much of it comes then
    #[arg(long = "line", value_name = "LINE[:QUANTITY][@DATE]", value_parser = of_purchase)]
    lines: Vec<OfPurchase>,
    /// When it is to arrive; ? where nobody knows
    #[arg(long, value_name = "DATE", value_parser = when)]
    date: Option<When>,
}

/// Record that the supplier named another date
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder po delay po-7 --date 2027-01-09 --reason \"a strike\"
  backorder po delay po-7 --line BOLT@2027-01-09

Without --line the date is that of every line that is open. A date may also be
an earlier one, or ? where the supplier does not know; and a line may come in
parts, as with `backorder po confirm`. Which promises it would move says
`backorder supplier impact`.")]
pub(crate) struct Delay {
    #[command(flatten)]
    of: OfOrder,
    /// Line, by number or SKU, its date, and how much of it comes then
    #[arg(long = "line", value_name = "LINE[:QUANTITY][@DATE]", value_parser = of_purchase)]
    lines: Vec<OfPurchase>,
    /// When it is to arrive; ? where nobody knows
    #[arg(long, value_name = "DATE", value_parser = when)]
    date: Option<When>,
    /// Why, in the supplier's words
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
}

/// Record that goods left the supplier
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder po ship po-7 --date 2026-12-12
  backorder po ship po-7 --line BOLT:40 --dispatch note-4711 --date 2026-12-12

Without --line all that has not left yet leaves.")]
pub(crate) struct Ship {
    #[command(flatten)]
    of: OfOrder,
    /// Line, by number or SKU, and how much of it
    #[arg(long = "line", value_name = "LINE[:QUANTITY]", value_parser = of_purchase)]
    lines: Vec<OfPurchase>,
    /// When it is to arrive
    #[arg(long, value_name = "DATE", value_parser = words::time)]
    date: Moment,
    /// These goods, such as the number of the delivery note [default: its number in the order]
    #[arg(long, default_value = "", hide_default_value = true)]
    dispatch: String,
}

/// Record that goods stand at the dock, not yet counted
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder po arrive po-7
  backorder po arrive po-7 --dispatch note-4711

They are stock when they are counted in: `backorder receive --po po-7`.")]
pub(crate) struct Arrive {
    #[command(flatten)]
    of: OfOrder,
    /// Which goods; not needed where one dispatch is on its way
    #[arg(long, default_value = "", hide_default_value = true)]
    dispatch: String,
}

/// Record that some units will not come
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder po reject po-7 --line BOLT:20 --reason \"no longer made\"
  backorder po reject po-7 --line NUT

Without a quantity all that is open of the line will not come.")]
pub(crate) struct Reject {
    #[command(flatten)]
    of: OfOrder,
    /// Line, by number or SKU, and how much of it
    #[arg(
        long = "line",
        required = true,
        value_name = "LINE[:QUANTITY]",
        value_parser = of_purchase
    )]
    lines: Vec<OfPurchase>,
    /// Why, in the supplier's words
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
}

/// Close a purchase order short: nothing more of it will come
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder po close po-7 --reason \"the rest is cancelled\"
  backorder po close po-7 --dry-run")]
pub(crate) struct Close {
    #[command(flatten)]
    of: OfOrder,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
}

/// A purchase order, and a word about it.
#[derive(Debug, Args)]
pub(crate) struct OfOrder {
    /// Which purchase order
    purchase_order: String,
    /// Id of this message, for retries, which say the same again [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
    #[command(flatten)]
    word: Word,
}

/// What each of them may say beside.
#[derive(Debug, Args)]
pub(crate) struct Word {
    /// Who says so; it is kept with what is said
    #[arg(
        long,
        value_name = "WHO",
        default_value = "",
        hide_default_value = true
    )]
    said_by: String,
    /// Ask whether it would be taken; record nothing
    #[arg(long)]
    pub(in crate::commands) dry_run: bool,
}

impl Word {
    pub(in crate::commands) fn source(&self) -> Option<Source> {
        Some(Source {
            way: Way::Person.into(),
            who: self.said_by.clone(),
        })
    }
}

impl Create {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        units::learn(session, self.lines.iter().map(|goods| goods.sku.as_str())).await?;
        let mut lines = Vec::new();
        for of in self.lines {
            lines.push(PurchaseQuantity {
                quantity: units::read(&of.sku, &of.quantity, "--line")?,
                sku: of.sku,
            });
        }
        let request = CreatePurchaseOrderRequest {
            purchase_order_id: self.purchase_order,
            supplier_id: self.supplier,
            lines,
            expected_at: self.expected.map(|date| stamp(date.by())),
            source: self.word.source(),
            validate_only: self.word.dry_run,
            at_least_revision: 0,
        };
        let mut client = doors.suppliers()?;
        let call = client.create_purchase_order(request);
        let done = doors
            .ask(Room::SupplierGateway, "CreatePurchaseOrder", call)
            .await?;
        session.out.show(&done, |done| {
            let stands = decided(done.revision, done.repeated, done.validated);
            format!("purchase order {} {stands}", done.purchase_order_id)
        });
        Ok(())
    }
}

impl Confirm {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        self.of.says(!self.lines.is_empty(), "--line")?;
        let order = self.of.look(session).await?;
        let said = match dates(&order, &self.lines, self.date)? {
            Dates::Whole(lines) => Said::Confirmed(Confirmed { lines }),
            Dates::Parts(lines) => Said::Scheduled(Scheduled {
                lines,
                reason: String::new(),
            }),
        };
        self.of.record(session, said, "confirmation").await
    }
}

impl Delay {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        self.of.says(!self.lines.is_empty(), "--line")?;
        let order = self.of.look(session).await?;
        let reason = self.reason;
        let said = match dates(&order, &self.lines, self.date)? {
            Dates::Whole(lines) => Said::Delayed(Delayed { lines, reason }),
            Dates::Parts(lines) => Said::Scheduled(Scheduled { lines, reason }),
        };
        self.of.record(session, said, "another date").await
    }
}

impl Ship {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let sized = self.lines.iter().all(|line| line.quantity.is_some());
        self.of
            .says(sized && !self.lines.is_empty(), "LINE:QUANTITY")?;
        self.of.says(!self.dispatch.is_empty(), "--dispatch")?;
        let order = self.of.look(session).await?;
        let number = order.dispatches.len().saturating_add(1);
        let dispatch_id = match self.dispatch.as_str() {
            "" => format!("{}/{number}", order.purchase_order_id),
            named => named.to_owned(),
        };
        let told = format!("dispatch {dispatch_id} on its way");
        let said = Said::Dispatched(Dispatched {
            dispatch_id,
            lines: counted(&order, &self.lines, unshipped)?,
            eta: Some(stamp(self.date.by())),
        });
        self.of.record(session, said, &told).await
    }
}

impl Arrive {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        self.of.says(!self.dispatch.is_empty(), "--dispatch")?;
        let dispatch_id = if self.dispatch.is_empty() {
            let order = self.of.look(session).await?;
            on_its_way(&order)?
        } else {
            self.dispatch
        };
        let told = format!("dispatch {dispatch_id} at the dock");
        let said = Said::Arrived(Arrived { dispatch_id });
        self.of.record(session, said, &told).await
    }
}

impl Reject {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let sized = self.lines.iter().all(|line| line.quantity.is_some());
        self.of.says(sized, "LINE:QUANTITY")?;
        let order = self.of.look(session).await?;
        let said = Said::Rejected(Rejected {
            lines: counted(&order, &self.lines, to_come)?,
            reason: self.reason,
        });
        self.of.record(session, said, "rejection").await
    }
}

impl Close {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let reason = self.reason;
        let said = Said::Closed(Closed { reason });
        self.of.record(session, said, "its end").await
    }
}

impl OfOrder {
    async fn look(&self, session: &Session) -> Result<PurchaseOrder, Problem> {
        look(session, &self.purchase_order).await
    }

    /// What is left to be worked out from the order as it stands is another thing in a retry.
    fn says(&self, all: bool, option: &str) -> Result<(), Problem> {
        if self.id.is_empty() || all {
            return Ok(());
        }
        let what = format!("a message with an id of yours names {option}");
        let next = "so that a retry says the same, however much has happened meanwhile";
        Err(Problem::usage(what, option, next))
    }

    async fn record(self, session: &Session, said: Said, told: &str) -> Result<(), Problem> {
        let purchase_order = self.purchase_order.clone();
        let request = RecordSupplierMessageRequest {
            message_id: self.id,
            purchase_order_id: self.purchase_order,
            source: self.word.source(),
            said: Some(said),
            validate_only: self.word.dry_run,
            at_least_revision: 0,
        };
        let done = record(session, request).await?;
        session.out.show(&done, |done| {
            let stands = decided(done.revision, done.repeated, done.validated);
            format!("{purchase_order}: {told} {stands}")
        });
        Ok(())
    }
}

/// A purchase order as it stands, and what its items are counted in.
pub(in crate::commands) async fn look(
    session: &Session,
    purchase_order: &str,
) -> Result<PurchaseOrder, Problem> {
    let request = GetPurchaseOrderRequest {
        purchase_order_id: purchase_order.to_owned(),
        at_least_revision: 0,
    };
    let mut client = session.doors.suppliers()?;
    let call = client.get_purchase_order(request);
    let found = session
        .doors
        .ask(Room::SupplierGateway, "GetPurchaseOrder", call)
        .await?;
    let order = found.purchase_order.unwrap_or_default();
    let skus = order.lines.iter().map(|line| line.sku.as_str());
    units::learn(session, skus).await?;
    Ok(order)
}

/// Records what a supplier said.
pub(in crate::commands) async fn record(
    session: &Session,
    request: RecordSupplierMessageRequest,
) -> Result<RecordSupplierMessageResponse, Problem> {
    let mut client = session.doors.suppliers()?;
    let call = client.record_supplier_message(request);
    let doors = &session.doors;
    doors
        .ask(Room::SupplierGateway, "RecordSupplierMessage", call)
        .await
}

/// How often an order is read for one word about it: goods of it may be counted in meanwhile, and
/// what is worked out is refused then.
pub(in crate::commands) const MAX_READS: u32 = 5;

/// The reason of a refusal of what was worked out before goods were counted in.
pub(in crate::commands) const OUTDATED: &str = "PENDING_OUTDATED";

/// Units that have not left and are still to come.
pub(in crate::commands) fn unshipped(line: &PurchaseOrderLine) -> u32 {
    let all = line.ordered.saturating_add(line.added);
    let known = line.rejected.saturating_add(line.shipped);
    all.saturating_sub(known).min(to_come(line))
}

/// What is said of when lines come.
enum Dates {
    /// Each as a whole.
    Whole(Vec<DatedLine>),
    /// In parts, or some day.
    Parts(Vec<ScheduledLine>),
}

/// The lines that are meant, with their dates: those that are named, or all that are open.
fn dates(
    order: &PurchaseOrder,
    named: &[OfPurchase],
    date: Option<When>,
) -> Result<Dates, Problem> {
    let mut meant: Vec<(&PurchaseOrderLine, Option<&str>, When)> = Vec::new();
    let no_date = || {
        let next = "say when with --date, or a line's own date with --line LINE@DATE";
        Problem::usage("no date is given", "--date", next)
    };
    for of in named {
        let when = of.when.or(date).ok_or_else(no_date)?;
        meant.push((of.find(order)?, of.quantity.as_deref(), when));
    }
    if named.is_empty() {
        let when = date.ok_or_else(no_date)?;
        // Of goods that have left somebody knows when they come.
        let meant_of = match when {
            When::By(_) => to_come,
            When::Unknown => unshipped,
        };
        let all = order.lines.iter().filter(|line| meant_of(line) > 0);
        meant.extend(all.map(|line| (line, None, when)));
    }
    let whole = meant
        .iter()
        .map(|(line, quantity, when)| match (quantity, when) {
            (None, When::By(date)) => Some(DatedLine {
                line: line.line,
                sku: line.sku.clone(),
                eta: Some(stamp(date.by())),
            }),
            (_, _) => None,
        });
    match whole.collect() {
        Some(lines) => Ok(Dates::Whole(lines)),
        None => Ok(Dates::Parts(parts(&meant)?)),
    }
}

/// The parts of each line, in the order in which lines are named first.
fn parts(
    meant: &[(&PurchaseOrderLine, Option<&str>, When)],
) -> Result<Vec<ScheduledLine>, Problem> {
    let mut lines: Vec<ScheduledLine> = Vec::new();
    for (of, quantity, when) in meant {
        let known = lines.iter().find(|line| line.line == of.line);
        let named = known.map_or(0, |line| {
            let parts = line.parts.iter().map(|part| part.quantity);
            parts.fold(0, u32::saturating_add)
        });
        let quantity = match quantity {
            Some(text) => units::read(&of.sku, text, "--line")?,
            None => rest(of, named)?,
        };
        let eta = match when {
            When::By(date) => Some(stamp(date.by())),
            When::Unknown => None,
        };
        let part = SchedulePart { quantity, eta };
        match lines.iter_mut().find(|line| line.line == of.line) {
            Some(line) => line.parts.push(part),
            None => lines.push(ScheduledLine {
                line: of.line,
                sku: of.sku.clone(),
                parts: vec![part],
                pending: Some(unshipped(of)),
            }),
        }
    }
    Ok(lines)
}

/// What is left of a line that has not left, beside parts that are named.
fn rest(of: &PurchaseOrderLine, named: u32) -> Result<u32, Problem> {
    match unshipped(of).saturating_sub(named) {
        0 => Err(Problem::usage(
            format!(
                "nothing is left of line {} for a part without a quantity",
                of.line
            ),
            "--line",
            "say how much comes then: LINE:QUANTITY@DATE",
        )),
        units => Ok(units),
    }
}

/// The lines that are meant, each with its units: those that are named, or all of which there are
/// such units.
fn counted(
    order: &PurchaseOrder,
    named: &[OfPurchase],
    all: fn(&PurchaseOrderLine) -> u32,
) -> Result<Vec<SupplierLine>, Problem> {
    let line = |line: &PurchaseOrderLine, quantity| SupplierLine {
        line: line.line,
        sku: line.sku.clone(),
        quantity,
    };
    if named.is_empty() {
        let of = order.lines.iter().map(|of| line(of, all(of)));
        return Ok(of.filter(|line| line.quantity > 0).collect());
    }
    let named = named.iter().map(|named| {
        named.without_date()?;
        let of = named.find(order)?;
        let quantity = match &named.quantity {
            Some(text) => units::read(&of.sku, text, "--line")?,
            None => all(of),
        };
        Ok(line(of, quantity))
    });
    named.collect()
}

/// The one dispatch that is on its way.
fn on_its_way(order: &PurchaseOrder) -> Result<String, Problem> {
    let travels = order
        .dispatches
        .iter()
        .filter(|it| !it.delivered && !it.counted);
    let travels: Vec<&str> = travels.map(|it| it.dispatch_id.as_str()).collect();
    match travels.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(Problem::usage(
            format!("nothing of {} is on its way", order.purchase_order_id),
            "--dispatch",
            "record first that it left, with `backorder po ship`",
        )),
        several => Err(Problem::usage(
            format!("{} dispatches are on their way", several.len()),
            "--dispatch",
            &format!("say which: {}", several.join(", ")),
        )),
    }
}
