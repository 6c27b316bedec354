//! `edi order`: a purchase order as a message to its supplier.

use api::supplier_gateway::v1::{PurchaseOrder, PurchaseOrderLine, SupplierItem};
use chassis::Clock;
use chassis::wire::whole_ms;
use clap::{Args, ValueEnum};
use edi::{Counted, Date, DateTime, Envelope, Party, Standard, write_cancellation, write_order};
use serde_json::json;

use crate::commands::po::buying::look;
use crate::commands::supplier_item;
use crate::commands::supply::to_come;
use crate::output::{Format, line};
use crate::problem::{Exit, Problem};
use crate::session::Session;
use crate::units;
use crate::zone;

/// Write a purchase order as a message to its supplier, on standard output
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder edi order po-7 > po-7.edi
  backorder edi order po-7 --as edifact --sender 14:4012345000009
  backorder edi order po-7 --cancel

An order is an 850 or ORDERS. With --cancel what is open of it is cancelled: an
860 or ORDCHG; record its end with `backorder po close`. The message's number
follows from what is written: the same one again has the same number.")]
pub(crate) struct Order {
    /// Which
    purchase_order: String,
    /// The standard
    #[arg(long = "as", value_enum, default_value_t, value_name = "STANDARD")]
    standard: As,
    /// We, as the partner knows us [default: the cell's name]
    #[arg(long, value_name = "[QUALIFIER:]ID", value_parser = party)]
    sender: Option<Party>,
    /// They, as they know themselves [default: the supplier's id]
    #[arg(long, value_name = "[QUALIFIER:]ID", value_parser = party)]
    receiver: Option<Party>,
    /// Cancel what is open of it
    #[arg(long)]
    cancel: bool,
    /// Mark it as a test, which the partner must not act on
    #[arg(long)]
    test: bool,
}

/// By which standard it is written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum As {
    /// ASC X12, version 004010
    #[default]
    X12,
    /// UN/EDIFACT, D.96A
    Edifact,
}

/// Reads `[QUALIFIER:]ID`: a qualifier is at most four letters or digits.
fn party(text: &str) -> Result<Party, String> {
    let (qualifier, id) = match text.split_once(':') {
        Some((qualifier, id)) => (qualifier, id),
        None => ("", text),
    };
    if id.is_empty() || qualifier.len() > 4 {
        return Err(
            "write an id, or a qualifier of at most 4 characters and an id: ZZ:ACME".into(),
        );
    }
    Ok(Party {
        qualifier: qualifier.to_owned(),
        id: id.to_owned(),
    })
}

impl Order {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let found = look(session, &self.purchase_order).await?;
        let of_id = |id: &str| Party {
            qualifier: String::new(),
            id: id.to_owned(),
        };
        let mut envelope = Envelope {
            sender: self
                .sender
                .unwrap_or_else(|| of_id(&session.config.nats.cell)),
            receiver: self.receiver.unwrap_or_else(|| of_id(&found.supplier_id)),
            control: 1,
            at: DateTime::default(),
            is_test: self.test,
        };
        let standard = match self.standard {
            As::X12 => Standard::X12,
            As::Edifact => Standard::Edifact,
        };
        let known = supplier_item::all_of(session, &found.supplier_id).await?;
        let lines = found.lines.iter().filter_map(|of| {
            let steps = if self.cancel { to_come(of) } else { of.ordered };
            let theirs = known.iter().find(|it| it.sku == of.sku);
            (steps > 0).then(|| order_line((of, steps), theirs, self.standard))
        });
        let order = edi::Order {
            number: found.purchase_order_id.clone(),
            date: day_of(&found).unwrap_or_else(|| now().date()),
            expected: if self.cancel { None } else { expected(&found) },
            lines: lines.collect(),
        };
        if order.lines.is_empty() {
            let what = format!("nothing of purchase order {} is open", order.number);
            return Err(refused(what, "there is nothing to cancel"));
        }
        let write = |envelope: &Envelope| {
            let written = if self.cancel {
                write_cancellation(standard, envelope, &order)
            } else {
                write_order(standard, envelope, &order)
            };
            written.map_err(|why| {
                let next = "give --sender and --receiver as the partner knows them; a number or an \
                            SKU that cannot be written goes out by other means";
                refused(why.to_string(), next)
            })
        };
        // The number of what is written, but for when.
        envelope.control = edi::control_of(&[&write(&envelope)?]);
        envelope.at = now();
        let text = write(&envelope)?;
        match session.out.0 {
            Format::Table => line(text.trim_end()),
            Format::Json => session.out.value(&json!({ "message": text })),
        }
        Ok(())
    }
}

/// A GTIN of a piece: one of 14 digits that does not begin with 0 is that of a pack.
fn of_piece(gtin: &str) -> bool {
    gtin.len() < 14 || gtin.starts_with('0')
}

fn refused(what: String, next: &str) -> Problem {
    Problem {
        exit: Exit::Refused,
        ..Problem::failed(what, "", next)
    }
}

/// A line of so many steps, in the unit of its item.
fn order_line(
    (of, steps): (&PurchaseOrderLine, u32),
    theirs: Option<&SupplierItem>,
    standard: As,
) -> edi::OrderLine {
    let measure = units::of(&of.sku);
    let number = theirs.map(|it| it.supplier_sku.clone());
    edi::OrderLine {
        number: of.line,
        sku: of.sku.clone(),
        supplier_sku: number.filter(|it| !it.is_empty()),
        gtin: theirs.and_then(|it| it.gtins.iter().find(|it| of_piece(it)).cloned()),
        quantity: measure.number(steps),
        unit: unit(&measure.unit, standard).to_owned(),
    }
}

/// The code of a unit: measures by their usual names, and pieces else.
fn unit(name: &str, standard: As) -> &'static str {
    let (x12, edifact) = Counted::of_item(name).codes();
    match standard {
        As::X12 => x12,
        As::Edifact => edifact,
    }
}

/// The time by the cell's clocks.
pub(super) fn now() -> DateTime {
    let told = zone::zone().second(Clock::wall().now());
    told.parse().unwrap_or_default()
}

fn day_of(order: &PurchaseOrder) -> Option<Date> {
    day(order.ordered_at.as_ref())
}

fn expected(order: &PurchaseOrder) -> Option<Date> {
    day(order.expected_at.as_ref())
}

/// The day of a time, by the cell's clocks.
fn day(at: Option<&prost_types::Timestamp>) -> Option<Date> {
    let at = whole_ms(*at?).ok()?;
    zone::zone().date(at).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_is_an_id_with_or_without_a_qualifier() {
        let read = |text| party(text).map(|it| (it.qualifier, it.id));
        assert_eq!(read("ACME"), Ok((String::new(), "ACME".into())));
        assert_eq!(read("ZZ:ACME"), Ok(("ZZ".into(), "ACME".into())));
        assert!(party("").is_err());
        assert!(party("ZZ:").is_err());
        assert!(party("BEYOND:ACME").is_err());
    }

    #[test]
    fn a_time_of_the_cell_is_one_of_the_message() {
        assert!(now().year() > 2000);
    }
}
