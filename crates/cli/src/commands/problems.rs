//! `problems`: what needs a person today, of all five rooms, the worst first, each with what to do.

use std::collections::BTreeMap;

use api::room::v1::{Exception, ExceptionKind, ListExceptionsRequest, ListExceptionsResponse};
use clap::Args;
use domain::decider::Room;
use serde_json::{Value, json};

use crate::output::{Format, json as as_json, line, many, minute, word};
use crate::problem::Problem;
use crate::session::Session;
use crate::shell;

/// The most problems of each room that one command shows: a page of its call.
const MAX_SHOWN: i64 = 500;

/// List what needs a person today, the worst first
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder problems
  backorder problems --room notifier --limit 500
  backorder problems -o json | jq -r .problems[].command

Overdue promises, failed letters, stock that is short, suppliers that nobody
has defined, purchase orders that are late, orders that were refused: each
with where it is, since when, and a command to go on with. Exit code 0 also
where there are some; `backorder check` judges.")]
pub(crate) struct Problems {
    /// The most problems to show, at most 500
    #[arg(
        long,
        default_value_t = 50,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=MAX_SHOWN)
    )]
    limit: u32,
    /// Only of this room
    #[arg(long, value_parser = super::tail::room)]
    room: Option<Room>,
    /// Go on after this page of the room, as it said
    #[arg(
        long,
        value_name = "TOKEN",
        requires = "room",
        default_value = "",
        hide_default_value = true
    )]
    after: String,
}

/// A room's exceptions that were answered.
struct Told {
    room: Room,
    page: ListExceptionsResponse,
}

impl Problems {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let rooms = self.room.map_or(Room::ALL.to_vec(), |room| vec![room]);
        let mut told = Vec::new();
        let mut unasked = None;
        for room in rooms {
            match list(session, room, self.limit, &self.after).await {
                Ok(page) => told.push(Told { room, page }),
                // The others may say what is wrong all the same.
                Err(problem) => unasked = unasked.or(Some(problem)),
            }
        }
        let all = merged(&told);
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let shown = all.get(..most.min(all.len())).unwrap_or_default();
        match session.out.0 {
            Format::Table => self.tell(&told, shown, unasked.is_none()),
            Format::Json => session.out.value(&self.as_json(&told, shown)),
        }
        unasked.map_or(Ok(()), Err)
    }

    fn tell(&self, told: &[Told], shown: &[(Room, &Exception)], all_asked: bool) {
        for (_, exception) in shown {
            line(&told_of(exception));
        }
        let totals = totals(told);
        let count: u64 = totals.values().sum();
        if count == 0 {
            if all_asked {
                line("nothing needs a person");
            }
            return;
        }
        let kinds = totals.iter().map(|(kind, count)| {
            let kind = ExceptionKind::try_from(*kind).unwrap_or_default();
            format!("{count} {}", kind_word(kind))
        });
        let kinds: Vec<String> = kinds.collect();
        let more = told.iter().any(|told| told.page.more_not_looked_at);
        let least = if more { "at least " } else { "" };
        line(&format!(
            "{least}{}: {}",
            many(count, "problem"),
            kinds.join(", ")
        ));
        if let Some(rest) = self.rest(told, shown.len()) {
            eprintln!("{rest}");
        }
    }

    /// How the rest is asked for.
    fn rest(&self, told: &[Told], shown: usize) -> Option<String> {
        let next = told
            .iter()
            .find(|told| !told.page.next_page_token.is_empty());
        match (self.room, next) {
            (Some(room), Some(told)) => {
                let token = shell::word(&told.page.next_page_token);
                Some(format!("there is more: --room {room} --after {token}"))
            }
            (Some(_), None) => None,
            (None, next) => {
                let count: usize = told.iter().map(|told| told.page.exceptions.len()).sum();
                let more = next.is_some() || count > shown;
                more.then(|| "there is more: --limit 500, or --room ROOM for one room's".to_owned())
            }
        }
    }

    fn as_json(&self, told: &[Told], shown: &[(Room, &Exception)]) -> Value {
        let problems = shown.iter().map(|(room, exception)| {
            let mut problem = as_json(*exception);
            if let Some(fields) = problem.as_object_mut() {
                let (advice, command) = next(exception);
                fields.insert("room".into(), room.token().into());
                fields.insert("next".into(), advice.into());
                fields.insert("command".into(), command.into());
            }
            problem
        });
        let problems: Vec<Value> = problems.collect();
        let kinds = totals(told).into_iter().map(|(kind, count)| {
            let kind = ExceptionKind::try_from(kind).unwrap_or_default();
            (kind.as_str_name().to_owned(), Value::from(count))
        });
        let kinds: serde_json::Map<String, Value> = kinds.collect();
        let next = self.room.and_then(|_| told.first());
        let next = next.map(|told| told.page.next_page_token.as_str());
        let more = told.iter().any(|told| told.page.more_not_looked_at);
        json!({
            "problems": problems,
            "totals": kinds,
            "more_not_looked_at": more,
            "next_page_token": next.unwrap_or_default(),
        })
    }
}

/// A room's exceptions, at most so many, after a page.
pub(super) async fn list(
    session: &Session,
    room: Room,
    most: u32,
    after: &str,
) -> Result<ListExceptionsResponse, Problem> {
    let doors = &session.doors;
    let request = ListExceptionsRequest {
        page_size: i32::try_from(most).unwrap_or_default(),
        page_token: after.to_owned(),
        at_least_revision: 0,
    };
    let mut client = doors.room(room)?;
    let call = client.list_exceptions(request);
    doors.ask(room, "ListExceptions", call).await
}

/// Of all rooms, the worst kind first, then the oldest.
fn merged(told: &[Told]) -> Vec<(Room, &Exception)> {
    let all = told.iter().flat_map(|told| {
        let exceptions = told.page.exceptions.iter();
        exceptions.map(|exception| (told.room, exception))
    });
    let mut all: Vec<(Room, &Exception)> = all.collect();
    // A stable sort: those of a room stand in its order.
    all.sort_by_key(|(_, exception)| {
        let since = exception.since.as_ref().map(|it| (it.seconds, it.nanos));
        (exception.kind, since)
    });
    all
}

fn totals(told: &[Told]) -> BTreeMap<i32, u64> {
    let mut totals = BTreeMap::new();
    for total in told.iter().flat_map(|told| &told.page.totals) {
        let sum: &mut u64 = totals.entry(total.kind).or_default();
        *sum = sum.saturating_add(total.count);
    }
    totals
}

fn told_of(exception: &Exception) -> String {
    let (advice, command) = next(exception);
    format!(
        "{}{}, since {}\n    {}\n    -> {command}: {advice}",
        kind_word(exception.kind()),
        place(exception),
        minute(exception.since.as_ref()),
        exception.text,
    )
}

pub(super) fn kind_word(kind: ExceptionKind) -> String {
    word(kind.as_str_name(), "EXCEPTION_KIND_")
}

fn place(exception: &Exception) -> String {
    let mut place = String::new();
    if !exception.order_id.is_empty() {
        place.push_str(&format!(", order {}", exception.order_id));
        if exception.line > 0 {
            place.push_str(&format!(" line {}", exception.line));
        }
    }
    if !exception.purchase_order_id.is_empty() {
        place.push_str(&format!(", {}", exception.purchase_order_id));
    }
    place
}

/// What to do next, and a command to go on with.
pub(super) fn next(exception: &Exception) -> (&'static str, String) {
    let command = |words: &str, id: &str| format!("backorder {words} {}", shell::word(id));
    let (order, sku) = (&exception.order_id, &exception.sku);
    let purchase = &exception.purchase_order_id;
    match exception.kind() {
        ExceptionKind::PickedForNobody => (
            "book what left with `backorder ship`, and put the rest back",
            command("recall --order", order),
        ),
        ExceptionKind::StockShort => ("see what is reserved, and count it", command("stock", sku)),
        ExceptionKind::PromiseOverdue => ("see what it waits for", command("why", order)),
        ExceptionKind::SupplierUnknown => (
            "then it is bought from",
            command("supplier define", &exception.supplier_id),
        ),
        ExceptionKind::SupplyUnknown => (
            "see who waits, then buy it (`backorder po create`)",
            command("queue", sku),
        ),
        ExceptionKind::PurchaseOrderLate => ("ask the supplier", command("po show", purchase)),
        ExceptionKind::DeliveryUncounted => (
            "count it in with `backorder receive`",
            command("po show", purchase),
        ),
        ExceptionKind::LetterFailed => (
            "mend the address, and tell the customer yourself",
            command("order show", order),
        ),
        ExceptionKind::LettersDelayed => (
            "mend the mail server, or notifier.smtp_url",
            "backorder notices --state pending".to_owned(),
        ),
        ExceptionKind::OrderRefused => ("tell the customer", command("order show", order)),
        ExceptionKind::OrderSuspended => ("let it go on, or cancel it", command("resume", order)),
        ExceptionKind::SideEffectStuck | ExceptionKind::Unspecified => (
            "look at every part, and at the log output of the service",
            "backorder check".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::tree;

    #[test]
    fn every_problem_names_a_command_that_can_be_typed() {
        for number in 1..=12 {
            let kind = ExceptionKind::try_from(number).unwrap();
            let exception = Exception {
                kind: kind.into(),
                order_id: "o1".into(),
                sku: "BOLT".into(),
                supplier_id: "acme".into(),
                purchase_order_id: "po-7".into(),
                ..Exception::default()
            };
            let (advice, command) = next(&exception);
            let words: Vec<&str> = command.split(' ').collect();
            assert!(tree().try_get_matches_from(&words).is_ok(), "{command}");
            assert!(!advice.is_empty(), "{kind:?}");
        }
        assert!(
            ExceptionKind::try_from(13).is_err(),
            "a kind without a command"
        );
    }

    #[test]
    fn the_worst_of_all_rooms_stand_first() {
        let exception = |kind: ExceptionKind, seconds| Exception {
            kind: kind.into(),
            since: Some(prost_types::Timestamp { seconds, nanos: 0 }),
            ..Exception::default()
        };
        let page = |exceptions| ListExceptionsResponse {
            exceptions,
            ..ListExceptionsResponse::default()
        };
        let late = exception(ExceptionKind::PurchaseOrderLate, 5);
        let failed = exception(ExceptionKind::LetterFailed, 1);
        let short = exception(ExceptionKind::PickedForNobody, 9);
        let older = exception(ExceptionKind::PurchaseOrderLate, 2);
        let told = [
            Told {
                room: Room::Notifier,
                page: page(vec![failed.clone()]),
            },
            Told {
                room: Room::SupplierGateway,
                page: page(vec![older.clone(), late.clone()]),
            },
            Told {
                room: Room::Inventory,
                page: page(vec![short.clone()]),
            },
        ];
        let all: Vec<&Exception> = merged(&told).into_iter().map(|(_, it)| it).collect();
        assert_eq!(all, [&short, &older, &late, &failed]);
    }
}
