//! `assign`: a clerk's word on stock.

use api::allocator::v1::{AssignStockRequest, AssignStockResponse, StockGiven};
use clap::Args;
use domain::decider::Room;

use super::word::Word;
use crate::output::decided;
use crate::problem::Problem;
use crate::session::Session;

/// Give a line that waits free stock, or stock that another order has
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder assign o1 1:2 --reason \"promised on the phone\" --by ann
  backorder assign o1 1:2 --from o7 --reason vip --by ann --dry-run
  backorder assign o1 1:2 --from o7 --reason vip --by ann

Free stock is given whatever the ranks say, also what is protected. Whoever
loses some waits again at its old place, and is written to. What is being
picked stays where it is (`backorder recall`).")]
pub(crate) struct Assign {
    /// Which order
    order: String,
    /// Which line, and how many units
    #[arg(value_name = "LINE:UNITS", value_parser = line)]
    line: (u32, u32),
    /// The order that gives them up [default: free stock is given]
    #[arg(
        long,
        value_name = "ORDER",
        default_value = "",
        hide_default_value = true
    )]
    from: String,
    #[command(flatten)]
    word: Word,
}

fn line(text: &str) -> Result<(u32, u32), String> {
    let form = || format!("`{text}` is not LINE:UNITS, such as 1:2");
    let (line, units) = text.split_once(':').ok_or_else(form)?;
    let number = |text: &str| text.parse().map_err(|_| form());
    Ok((number(line)?, number(units)?))
}

impl Assign {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = AssignStockRequest {
            assignment_id: self.word.id,
            order_id: self.order,
            line: self.line.0,
            quantity: self.line.1,
            from_order_id: self.from,
            reason: self.word.reason,
            by: self.word.by,
            at_least_revision: 0,
            validate_only: self.word.dry_run,
        };
        let mut client = doors.allocator()?;
        let call = client.assign_stock(request);
        let done = doors.ask(Room::Allocator, "AssignStock", call).await?;
        session.out.show(&done, told);
        Ok(())
    }
}

fn told(done: &AssignStockResponse) -> String {
    let would = if done.validated { "would " } else { "" };
    let mut lines: Vec<String> = done.given.iter().map(|it| moved(it, would)).collect();
    let stands = decided(done.revision, done.repeated, done.validated);
    lines.push(match done.assignment_id.as_str() {
        "" => format!("the word {stands}"),
        id => format!("word {id} {stands}"),
    });
    lines.join("\n")
}

fn moved(it: &StockGiven, would: &str) -> String {
    let (order, line, units) = (&it.order_id, it.line, it.units.unsigned_abs());
    let verb = match (it.units < 0, would.is_empty()) {
        (true, true) => "loses",
        (true, false) => "lose",
        (false, true) => "gets",
        (false, false) => "get",
    };
    format!(
        "line {line} of {order} {would}{verb} {units} at {}",
        it.location_id
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_and_its_units_are_two_numbers() {
        assert_eq!(line("1:2"), Ok((1, 2)));
        for wrong in ["1", "1:", ":2", "a:2", "1:2:3", "-1:2"] {
            assert!(line(wrong).is_err(), "{wrong}");
        }
    }
}
