//! `prioritise`: a clerk's word on the rank of a line.

use api::allocator::v1::{PrioritiseRequest, PrioritiseResponse};
use clap::Args;
use domain::decider::Room;

use super::word::Word;
use crate::output::decided;
use crate::problem::Problem;
use crate::session::Session;

/// Move a line, or all lines of an order, up or down among those who wait
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder prioritise o1 1 --days 5 --reason \"promised on the phone\" --by ann
  backorder prioritise o1 --days -10 --reason \"does not hurry\" --by ann
  backorder prioritise o1 --days 0 --reason \"as it was\" --by ann
  backorder prioritise o1 1 --days 5 --reason vip --by ann --dry-run

It counts as placed so many days earlier than its order (below 0: later),
until another word. What is reserved for others stays reserved.")]
pub(crate) struct Prioritise {
    /// Which order
    order: String,
    /// Which line [default: all lines]
    #[arg(default_value_t = 0, hide_default_value = true)]
    line: u32,
    /// Days by which it counts as placed earlier, -365 to 365; 0: as its order
    #[arg(long, allow_negative_numbers = true)]
    days: i32,
    #[command(flatten)]
    word: Word,
}

impl Prioritise {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = PrioritiseRequest {
            priority_id: self.word.id,
            order_id: self.order,
            line: self.line,
            days: self.days,
            reason: self.word.reason,
            by: self.word.by,
            at_least_revision: 0,
            validate_only: self.word.dry_run,
        };
        let mut client = doors.allocator()?;
        let call = client.prioritise(request);
        let done = doors.ask(Room::Allocator, "Prioritise", call).await?;
        session.out.show(&done, told);
        Ok(())
    }
}

fn told(done: &PrioritiseResponse) -> String {
    let would = if done.validated {
        "would stand"
    } else {
        "stands"
    };
    let place = match done.place {
        0 => "nothing of it waits for stock".to_owned(),
        place => format!(
            "it {would} at number {place}, with {} units ahead",
            done.units_ahead
        ),
    };
    let stands = decided(done.revision, done.repeated, done.validated);
    match done.priority_id.as_str() {
        "" => format!("{place}\nthe word {stands}"),
        id => format!("{place}\nword {id} {stands}"),
    }
}
