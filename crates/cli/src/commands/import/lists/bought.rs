//! One purchase order as a list has it, put to the one that is known: created, or its days compared
//! and those that differ recorded. Must not know a file.

use api::supplier_gateway::v1::record_supplier_message_request::Said;
use api::supplier_gateway::v1::supplier_gateway_service_client::SupplierGatewayServiceClient;
use api::supplier_gateway::v1::{
    CreatePurchaseOrderRequest, DatedLine, Delayed, Dispatch, GetPurchaseOrderRequest,
    PurchaseOrder, PurchaseOrderLine, PurchaseQuantity, RecordSupplierMessageRequest, SchedulePart,
    Scheduled, ScheduledLine, Source,
};
use domain::ids::Key;
use domain::supplier_gateway::{MAX_MESSAGE_PARTS, MAX_PARTS};
use edi::UNKNOWN_AFTER_DAYS;
use import::Date;
use prost_types::Timestamp;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::answered::Answered;
use crate::commands::po::buying::{MAX_READS, OUTDATED, unshipped};
use crate::units;
use crate::words;
use crate::zone;

/// Parts of a line: steps, and the day on which they come, if it is said.
pub(super) type Parts = Vec<(u32, Option<Date>)>;

/// A purchase order as a list has it.
#[derive(Debug, Clone)]
pub(super) struct Buy {
    pub(super) purchase_order: String,
    pub(super) supplier: String,
    /// Each SKU once, as the rows stand.
    pub(super) items: Vec<(String, Parts)>,
    /// The day on which the list is read.
    pub(super) today: Date,
    pub(super) source: Source,
}

/// When a part comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// By the end of this day.
    On(Timestamp),
    /// Nobody knows.
    Unknown,
}

impl Buy {
    pub(super) async fn send(
        self,
        client: SupplierGatewayServiceClient<Channel>,
        validate_only: bool,
    ) -> Result<Answered, Status> {
        for _ in 1..MAX_READS {
            let answer = self.clone().send_once(client.clone(), validate_only).await;
            let reason = answer
                .as_ref()
                .err()
                .and_then(Status::get_details_error_info);
            if reason.is_none_or(|it| it.reason != OUTDATED) {
                return answer;
            }
        }
        self.send_once(client, validate_only).await
    }

    /// On the order as it is read now.
    async fn send_once(
        self,
        mut client: SupplierGatewayServiceClient<Channel>,
        validate_only: bool,
    ) -> Result<Answered, Status> {
        let request = GetPurchaseOrderRequest {
            purchase_order_id: self.purchase_order.clone(),
            at_least_revision: 0,
        };
        match client.get_purchase_order(request).await {
            Ok(found) => {
                let known = found.into_inner().purchase_order.unwrap_or_default();
                self.compare(client, &known, validate_only).await
            }
            Err(status) if status.code() == Code::NotFound => {
                self.create(client, validate_only).await
            }
            Err(status) => Err(status),
        }
    }

    /// One day for all of it is the day on which it is expected; else days are said of its parts.
    async fn create(
        self,
        mut client: SupplierGatewayServiceClient<Channel>,
        validate_only: bool,
    ) -> Result<Answered, Status> {
        self.check()?;
        let days: Vec<Option<Date>> = self.parts().map(|(_, day)| *day).collect();
        let mut days = days.into_iter();
        let first = days.next().flatten().filter(|day| self.is_known(*day));
        let expected = first.filter(|first| days.all(|day| day == Some(*first)));
        let lines = self.items.iter().map(|(sku, parts)| PurchaseQuantity {
            sku: sku.clone(),
            quantity: sum(parts),
        });
        let request = CreatePurchaseOrderRequest {
            purchase_order_id: self.purchase_order.clone(),
            supplier_id: self.supplier.clone(),
            lines: lines.collect(),
            expected_at: expected.and_then(end_of),
            source: Some(self.source.clone()),
            validate_only,
            at_least_revision: 0,
        };
        let made = client.create_purchase_order(request).await?.into_inner();
        let answer = Answered {
            revision: made.revision,
            repeated: made.repeated,
            validated: made.validated,
        };
        let is_dated = self.parts().any(|(_, day)| day.is_some());
        if validate_only || expected.is_some() || !is_dated {
            return Ok(answer);
        }
        let request = GetPurchaseOrderRequest {
            purchase_order_id: self.purchase_order.clone(),
            at_least_revision: made.revision,
        };
        let found = client.get_purchase_order(request).await?.into_inner();
        let known = found.purchase_order.unwrap_or_default();
        self.compare(client, &known, false).await
    }

    fn parts(&self) -> impl Iterator<Item = &(u32, Option<Date>)> {
        self.items.iter().flat_map(|(_, parts)| parts)
    }

    /// What would be refused of its days once it is created is refused before.
    fn check(&self) -> Result<(), Status> {
        let most = self.items.iter().find(|(_, parts)| parts.len() > MAX_PARTS);
        if let Some((sku, parts)) = most {
            let parts = parts.len();
            return Err(refused(format!(
                "{sku} comes in {parts} parts, more than {MAX_PARTS}"
            )));
        }
        if self.parts().count() > MAX_MESSAGE_PARTS {
            return Err(refused(format!(
                "it has more than {MAX_MESSAGE_PARTS} rows"
            )));
        }
        Ok(())
    }

    async fn compare(
        self,
        mut client: SupplierGatewayServiceClient<Channel>,
        known: &PurchaseOrder,
        validate_only: bool,
    ) -> Result<Answered, Status> {
        self.check()?;
        let last = known.messages.last().map_or(0, |said| said.revision);
        if known.supplier_id != self.supplier {
            let other = &known.supplier_id;
            return Err(refused(format!("the purchase order is one of {other}")));
        }
        let (mut lines, mut under_way) = (Vec::new(), Vec::new());
        for (sku, parts) in &self.items {
            let line = known.lines.iter().find(|line| line.sku == *sku);
            let line =
                line.ok_or_else(|| refused(format!("{sku} is not on the purchase order")))?;
            let begins = known.ordered_at;
            if let Some(parts) = self.moved(line, parts, begins)? {
                lines.push(ScheduledLine {
                    line: line.line,
                    sku: sku.clone(),
                    parts,
                    pending: Some(unshipped(line)),
                });
            } else if let Some(eta) = self.on_the_road(line, parts, known) {
                under_way.push(DatedLine {
                    line: line.line,
                    sku: sku.clone(),
                    eta: Some(eta),
                });
            }
        }
        let reason = String::new();
        let under_way = (!under_way.is_empty()).then(|| {
            Said::Delayed(Delayed {
                lines: under_way,
                reason: reason.clone(),
            })
        });
        let pending = (!lines.is_empty()).then_some(Said::Scheduled(Scheduled { lines, reason }));
        let mut answer = Answered {
            revision: last,
            repeated: true,
            validated: validate_only,
        };
        for said in pending.into_iter().chain(under_way) {
            // After another word the same list is another message: it may take that word back.
            let named = format!("{}\0{last}\0{said:?}", self.purchase_order);
            let request = RecordSupplierMessageRequest {
                message_id: format!("list {:032x}", Key::of("import purchase", &named).0),
                purchase_order_id: self.purchase_order.clone(),
                source: Some(self.source.clone()),
                said: Some(said),
                validate_only,
                at_least_revision: 0,
            };
            let done = client.record_supplier_message(request).await?.into_inner();
            answer = Answered {
                revision: done.revision,
                repeated: done.repeated,
                validated: done.validated,
            };
        }
        Ok(answer)
    }

    /// The day of what is under way, where nothing else of the line is to come and the list says
    /// another one.
    fn on_the_road(
        &self,
        line: &PurchaseOrderLine,
        parts: &Parts,
        known: &PurchaseOrder,
    ) -> Option<Timestamp> {
        if unshipped(line) > 0 {
            return None;
        }
        let last = parts.iter().filter_map(|(_, day)| *day).max();
        let last = last.filter(|day| self.is_known(*day))?;
        let has = |of: &Dispatch| of.lines.iter().any(|it| it.line == line.line);
        let open = known.dispatches.iter().filter(|it| !it.counted && has(it));
        let etas = open.filter_map(|it| it.eta);
        let eta = etas.max_by_key(|at| (at.seconds, at.nanos))?;
        (day_of(eta) != Some(last)).then(|| end_of(last)).flatten()
    }

    /// The parts in which what has not left comes by the list, if that is not known already.
    fn moved(
        &self,
        line: &PurchaseOrderLine,
        parts: &Parts,
        begins: Option<Timestamp>,
    ) -> Result<Option<Vec<SchedulePart>>, Status> {
        if parts.iter().all(|(_, day)| day.is_none()) {
            return Ok(None);
        }
        let pending = unshipped(line);
        let all = line
            .ordered
            .saturating_add(line.added)
            .saturating_sub(line.rejected);
        let said = sum(parts);
        if said != line.ordered && said != all {
            let (of, has) = (&line.sku, line.ordered);
            let (said, has) = (units::shown(of, said), units::shown(of, has));
            return Err(refused(format!(
                "the purchase order has {has} of {of}, not {said}"
            )));
        }
        let known = known(line, pending);
        let gone = all.saturating_sub(pending);
        let by_list = self.by_list(parts, &known, (pending, gone), begins);
        // A list says days: a moment of the same day is what is known.
        let days = |parts: &[(u32, When)]| -> Vec<(u32, Option<Date>)> {
            let day = |when| match when {
                When::On(at) => day_of(at),
                When::Unknown => None,
            };
            parts.iter().map(|(it, when)| (*it, day(*when))).collect()
        };
        let is_known = days(&by_list) == days(&known);
        let part = |(quantity, when): (u32, When)| SchedulePart {
            quantity,
            eta: match when {
                When::On(at) => Some(at),
                When::Unknown => None,
            },
        };
        let parts = by_list.into_iter().map(part).collect();
        Ok((!is_known).then_some(parts))
    }

    /// What has gone is of the parts that come first; what is over comes as it is known to, as do
    /// parts without a day.
    fn by_list(
        &self,
        parts: &Parts,
        known: &[(u32, When)],
        (pending, gone): (u32, u32),
        begins: Option<Timestamp>,
    ) -> Vec<(u32, When)> {
        let mut parts = parts.clone();
        let (mut gone, mut left) = (gone, pending);
        for (quantity, _) in parts.iter_mut().filter(|(_, day)| day.is_none()) {
            let off = (*quantity).min(gone);
            gone = gone.saturating_sub(off);
            *quantity = quantity.saturating_sub(off);
        }
        // Parts without a day come last, and the rest of what is known is theirs.
        parts.sort_by_key(|(_, day)| (day.is_none(), *day));
        let mut comes: Vec<(u32, When)> = Vec::new();
        let mut dated = 0_u32;
        for (quantity, day) in parts {
            let off = quantity.min(gone);
            gone = gone.saturating_sub(off);
            let quantity = quantity.saturating_sub(off).min(left);
            let Some(day) = day else { continue };
            left = left.saturating_sub(quantity);
            dated = dated.saturating_add(quantity);
            let at = Some(day).filter(|day| self.is_known(*day)).and_then(end_of);
            let at = at.map(|at| no_earlier(at, begins));
            comes.push((quantity, at.map_or(When::Unknown, When::On)));
        }
        let mut before = dated;
        for (quantity, when) in known {
            let anew = (*quantity).min(before);
            before = before.saturating_sub(anew);
            comes.push((quantity.saturating_sub(anew).min(left), *when));
            left = left.saturating_sub(quantity.saturating_sub(anew));
        }
        in_order(comes)
    }

    /// Whether it is a day, and not so far away that nobody knows it.
    fn is_known(&self, day: Date) -> bool {
        // As in an EDI message.
        let most = i64::from(UNKNOWN_AFTER_DAYS).saturating_mul(24);
        day.duration_since(self.today).as_hours() <= most
    }
}

/// In which parts what has not left comes, as it is known.
fn known(line: &PurchaseOrderLine, pending: u32) -> Vec<(u32, When)> {
    let when = |eta: Option<Timestamp>| eta.map_or(When::Unknown, When::On);
    if line.parts.is_empty() {
        return in_order(vec![(pending, when(line.eta))]);
    }
    let parts = line.parts.iter();
    in_order(parts.map(|it| (it.quantity, when(it.eta))).collect())
}

/// By when they come, those of one moment together, and the unknown last.
fn in_order(mut parts: Vec<(u32, When)>) -> Vec<(u32, When)> {
    parts.retain(|(quantity, _)| *quantity > 0);
    parts.sort_by_key(|(_, when)| match when {
        When::On(at) => (false, at.seconds, at.nanos),
        When::Unknown => (true, 0, 0),
    });
    let mut together: Vec<(u32, When)> = Vec::new();
    for (quantity, when) in parts {
        match together.last_mut().filter(|(_, last)| *last == when) {
            Some((same, _)) => *same = same.saturating_add(quantity),
            None => together.push((quantity, when)),
        }
    }
    together
}

/// Saturates: more than a line may have, which the gateway refuses.
fn sum(parts: &Parts) -> u32 {
    let quantities = parts.iter().map(|(quantity, _)| *quantity);
    quantities.fold(0, u32::saturating_add)
}

/// A day that is past when the order comes in is the moment in which it does: no date may lie
/// before it.
fn no_earlier(at: Timestamp, begins: Option<Timestamp>) -> Timestamp {
    let moment = |of: Timestamp| (of.seconds, of.nanos);
    begins
        .filter(|begins| moment(*begins) > moment(at))
        .unwrap_or(at)
}

/// The day of a moment, by the cell's clocks.
fn day_of(at: Timestamp) -> Option<Date> {
    let at = chassis::wire::whole_ms(at).ok()?;
    zone::zone().date(at).parse().ok()
}

/// Goods that come on a day may come until it ends, by the cell's clocks.
fn end_of(day: Date) -> Option<Timestamp> {
    let moment = words::time(&day.to_string()).ok()?;
    Some(chassis::wire::stamp(moment.by()))
}

fn refused(why: String) -> Status {
    Status::failed_precondition(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn buy() -> Buy {
        Buy {
            purchase_order: "p-1".into(),
            supplier: "acme".into(),
            items: Vec::new(),
            today: day("2030-12-01"),
            source: Source::default(),
        }
    }

    fn told(parts: Vec<(u32, When)>) -> Vec<(u32, Option<i64>)> {
        let seconds = |when| match when {
            When::On(at) => Some(at.seconds.div_euclid(86_400)),
            When::Unknown => None,
        };
        parts
            .into_iter()
            .map(|(it, when)| (it, seconds(when)))
            .collect()
    }

    #[test]
    fn what_a_list_says_is_put_to_what_has_not_left() {
        let on = |days: i64| {
            When::On(Timestamp {
                seconds: days * 86_400,
                nanos: 0,
            })
        };
        let (march, april) = (day("2031-03-10"), day("2031-04-10"));
        let of = |date: Date| {
            let at = end_of(date).unwrap();
            Some(at.seconds.div_euclid(86_400))
        };
        let known = [(60, on(100)), (40, When::Unknown)];
        let by_list = |parts: &[(u32, Option<Date>)], pending, gone| {
            let begins = end_of(day("2030-12-01"));
            told(buy().by_list(&parts.to_vec(), &known, (pending, gone), begins))
        };
        // All of it on one day; in parts; of which some have gone.
        assert_eq!(by_list(&[(100, Some(march))], 100, 0), [(100, of(march))]);
        let split = [(70, Some(april)), (30, Some(march))];
        assert_eq!(by_list(&split, 100, 0), [(30, of(march)), (70, of(april))]);
        assert_eq!(by_list(&split, 60, 40), [(60, of(april))]);
        // The first ones are dated anew, the rest comes as it is known to.
        let half = [(50, Some(march)), (50, None)];
        assert_eq!(
            by_list(&half, 100, 0),
            [(10, Some(100)), (50, of(march)), (40, None)]
        );
        // What has gone is of the parts without a day.
        assert_eq!(
            by_list(&[(50, None), (50, Some(april))], 50, 50),
            [(50, of(april))]
        );
        // A day that is past is the one on which the order came in.
        let past = [(100, Some(day("2030-01-01")))];
        assert_eq!(by_list(&past, 100, 0), [(100, of(day("2030-12-01")))]);
        // A day far away is none.
        let far = [(100, Some(day("2049-12-31")))];
        assert_eq!(by_list(&far, 100, 0), [(100, None)]);
        // Of what was refused nothing comes.
        assert_eq!(by_list(&[(100, Some(march))], 60, 0), [(60, of(march))]);
    }
}
