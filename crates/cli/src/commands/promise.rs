//! `promise`: the dates of an order, now, then, or as they change.

use api::allocator::v1::{
    GetPromiseRequest, LinePromise, WatchPromiseRequest, WatchPromiseResponse,
};
use clap::Args;
use domain::decider::Room;

use super::at::At;
use super::{queue, why};
use crate::output::table;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;

/// Show promised dates
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder promise o1
  backorder promise o1 2 -o json | jq .promise
  backorder promise o1 --watch
  backorder promise o1 --at 1200                  as it was at revision 1200")]
pub(crate) struct Promise {
    /// Which order
    order: String,
    /// Only this line
    #[arg(default_value_t = 0, hide_default_value = true)]
    line: u32,
    /// Show them again after each change, until nothing waits or the order is closed
    #[arg(long, conflicts_with = "at")]
    watch: bool,
    #[command(flatten)]
    at: At,
}

impl Promise {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        if self.watch {
            return self.follow(session).await;
        }
        let doors = &session.doors;
        let request = GetPromiseRequest {
            order_id: self.order.clone(),
            line: self.line,
            at_least_revision: 0,
            at_revision: self.at.revision(session).await?,
        };
        let mut client = doors.allocator()?;
        let call = client.get_promise(request);
        let found = match doors.ask(Room::Allocator, "GetPromise", call).await {
            Ok(found) => found,
            Err(problem) => return Err(why::closed(session, &self.order, problem).await),
        };
        units::learn_to_show(session, skus(&found.lines)).await;
        session.out.show(&found, |found| told(&found.lines));
        Ok(())
    }

    async fn follow(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = WatchPromiseRequest {
            order_id: self.order,
            line: self.line,
            at_least_revision: 0,
        };
        let mut client = doors.allocator()?;
        let call = client.watch_promise(request);
        let mut changes = doors.ask(Room::Allocator, "WatchPromise", call).await?;
        let problem = |status| doors.problem(Room::Allocator, "WatchPromise", &status);
        while let Some(seen) = changes.message().await.map_err(problem)? {
            units::learn_to_show(session, skus(&seen.lines)).await;
            session.out.next(&seen, news);
        }
        Ok(())
    }
}

fn news(seen: &WatchPromiseResponse) -> String {
    if seen.closed {
        let revision = seen.revision;
        return format!(
            "as of revision {revision}: the order is closed; see `backorder order show`"
        );
    }
    format!("as of revision {}:\n{}\n", seen.revision, told(&seen.lines))
}

fn skus(lines: &[LinePromise]) -> impl Iterator<Item = &str> {
    lines.iter().map(|line| line.sku.as_str())
}

fn told(lines: &[LinePromise]) -> String {
    let columns = [
        "line",
        "sku",
        "undecided",
        "reserved",
        "waiting",
        "promise",
        "as things stand",
        "p50",
        "p90",
    ];
    let rows = lines.iter().map(|line| {
        let [half, most] = queue::likely(line.promise.as_ref());
        vec![
            line.line.to_string(),
            line.sku.clone(),
            units::shown(&line.sku, line.undecided),
            units::shown(&line.sku, line.reserved),
            units::shown(&line.sku, line.backordered),
            queue::promise(line.promise.as_ref()),
            queue::promise(line.current.as_ref()),
            half,
            most,
        ]
    });
    table(&columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_order_that_is_watched_is_told() {
        let last = WatchPromiseResponse {
            closed: true,
            revision: 7,
            ..WatchPromiseResponse::default()
        };
        let told = "as of revision 7: the order is closed; see `backorder order show`";
        assert_eq!(news(&last), told);
    }
}
