//! `rebalance`: stock already reserved goes to others, seen before it is done.

mod file;

use std::path::PathBuf;

use api::allocator::v1::{
    CommitRebalanceRequest, CommitRebalanceResponse, MovedPromise, PreviewRebalanceRequest,
    PreviewRebalanceResponse, RebalancePromise, RebalancedLine,
};
use clap::Args;
use domain::decider::Room;
use domain::money::decimal_of_sum;

use crate::confirm::Question;
use crate::output::{Format, many, minute, recorded, table, word};
use crate::problem::Problem;
use crate::session::Session;

/// Move stock that is already reserved, by a file of segments and strategies
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder rebalance run.toml                       what it would do
  backorder rebalance run.toml --budget 20           moves 20 promises at most
  backorder rebalance run.toml --commit              shows it, asks, does it
  backorder rebalance run.toml --commit --yes -o json
  backorder rebalance run.toml --commit --id monday  says if it was done

docs/rebalance.toml is a file to begin with. Stock in a released wave never
moves. If stock or orders move on between the preview and the commit, nothing
is done.")]
pub(crate) struct Rebalance {
    /// The run, as a TOML file
    file: PathBuf,
    /// Only preview the run, which is the default
    #[arg(long, conflicts_with = "commit")]
    preview: bool,
    /// Commit the run that was previewed
    #[arg(long)]
    commit: bool,
    /// With --commit: do not ask for confirmation
    #[arg(long, requires = "commit")]
    yes: bool,
    /// The most promises that may move [default: as the file says]
    #[arg(long, value_name = "N")]
    budget: Option<u32>,
    /// Id of this run, for retries: it is committed at most once [default: a
    /// new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Rebalance {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let mut asked = file::read(&self.file)?;
        asked.nervousness_budget = self.budget.or(asked.nervousness_budget);
        let (doors, mut client) = (&session.doors, session.doors.rebalance()?);
        let request = PreviewRebalanceRequest {
            segments: asked.segments.clone(),
            nervousness_budget: asked.nervousness_budget,
            at_least_revision: 0,
        };
        let call = client.preview_rebalance(request);
        let shown = doors.ask(Room::Allocator, "PreviewRebalance", call).await?;
        // With a commit, the JSON of the commit is the answer.
        if !self.commit || session.out.0 == Format::Table {
            session.out.show(&shown, told);
        }
        if !self.commit {
            return Ok(());
        }
        if shown.changes > 0 {
            self.confirm(&shown)?;
        } else if self.id.is_empty() {
            if session.out.0 == Format::Json {
                session.out.show(&shown, told);
            }
            eprintln!("nothing to do");
            return Ok(());
        }
        // Under an id of its own it may have been done before: then that is the answer.
        let request = CommitRebalanceRequest {
            run_id: self.id,
            segments: asked.segments,
            nervousness_budget: asked.nervousness_budget,
            preview: shown.preview,
            at_least_revision: 0,
        };
        let call = client.commit_rebalance(request);
        let done = doors.ask(Room::Allocator, "CommitRebalance", call).await?;
        session.out.show(&done, done_says);
        Ok(())
    }

    fn confirm(&self, shown: &PreviewRebalanceResponse) -> Result<(), Problem> {
        let question = Question {
            asked: question(shown.promises_moved),
            whether: "whether to commit",
            not_done: "not committed",
            place: "--commit",
        };
        question.confirm(self.yes)
    }
}

fn question(moved: u64) -> String {
    let moves = if moved == 1 { "moves" } else { "move" };
    let promises = many(moved, "promise");
    format!("{promises} {moves}. Type yes to commit: ")
}

fn told(shown: &PreviewRebalanceResponse) -> String {
    let mut parts = Vec::new();
    let columns = [
        "order", "line", "sku", "tier", "segment", "strategy", "had", "has", "worth",
    ];
    let mut lines = |title: &str, of: Vec<&RebalancedLine>| {
        if !of.is_empty() {
            let rows = table(&columns, of.into_iter().map(line));
            parts.push(format!("{title}\n{rows}"));
        }
    };
    let gains = |line: &&RebalancedLine| line.after > line.before;
    lines("gain", shown.lines.iter().filter(gains).collect());
    lines("lose", shown.lines.iter().filter(|it| !gains(it)).collect());
    lines("left out by the budget", shown.left_out.iter().collect());
    if !shown.promises.is_empty() {
        let columns = ["order", "line", "sku", "was", "becomes"];
        let rows = table(&columns, shown.promises.iter().map(moved));
        parts.push(format!("promises that move\n{rows}"));
    }
    if !shown.exceptions.is_empty() {
        let rows = shown.exceptions.iter().map(|it| {
            let strategy = word(it.strategy().as_str_name(), "RUN_STRATEGY_");
            let of = [it.order_id.clone(), it.line.to_string(), it.sku.clone()];
            of.into_iter().chain([strategy, it.says.clone()]).collect()
        });
        let rows = table(&["order", "line", "sku", "strategy", "exception"], rows);
        parts.push(format!("exceptions\n{rows}"));
    }
    parts.push(sum(shown));
    parts.join("\n\n")
}

fn sum(shown: &PreviewRebalanceResponse) -> String {
    let left_out = match shown.changes_left_out {
        0 => String::new(),
        more => format!(", {more} more left out by the budget"),
    };
    format!(
        "{}{left_out}; {} gained (worth {}), {} lost ({}); moved: {}; {}; looked at: {}, at \
         revision {}",
        many(shown.changes, "change"),
        many(shown.units_gained, "unit"),
        decimal_of_sum(shown.value_gained_minor),
        shown.units_lost,
        decimal_of_sum(shown.value_lost_minor),
        many(shown.promises_moved, "promise"),
        many(shown.exceptions_total, "exception"),
        many(shown.looked_at, "line"),
        shown.revision
    )
}

fn line(line: &RebalancedLine) -> Vec<String> {
    vec![
        line.order_id.clone(),
        line.line.to_string(),
        line.sku.clone(),
        line.tier.clone(),
        line.segment.to_string(),
        word(line.strategy().as_str_name(), "RUN_STRATEGY_"),
        line.before.to_string(),
        line.after.to_string(),
        decimal_of_sum(line.value_minor),
    ]
}

fn moved(it: &MovedPromise) -> Vec<String> {
    vec![
        it.order_id.clone(),
        it.line.to_string(),
        it.sku.clone(),
        promise(it.was.as_ref()),
        promise(it.becomes.as_ref()),
    ]
}

fn promise(it: Option<&RebalancePromise>) -> String {
    match it {
        Some(it) if it.in_stock => "in stock".to_owned(),
        Some(it) => it
            .at
            .as_ref()
            .map_or_else(|| "no date known".to_owned(), |at| minute(Some(at))),
        None => "-".to_owned(),
    }
}

fn done_says(done: &CommitRebalanceResponse) -> String {
    if done.unchanged {
        let (run, revision) = (&done.run_id, done.revision);
        return format!("run {run}: nothing to do, as of revision {revision}; nothing recorded");
    }
    let stands = recorded(done.revision, done.repeated);
    format!("run {} {stands}", done.run_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_with_nothing_to_do_records_nothing() {
        let done = |unchanged| CommitRebalanceResponse {
            run_id: "monday".to_owned(),
            revision: 57,
            repeated: true,
            unchanged,
        };
        let nothing = "run monday: nothing to do, as of revision 57; nothing recorded";
        assert_eq!(done_says(&done(true)), nothing);
        assert_eq!(
            done_says(&done(false)),
            "run monday recorded before, at revision 57; nothing new"
        );
    }

    #[test]
    fn the_question_before_a_run_counts_one_promise_as_one() {
        let asked = [0, 1, 2].map(question);
        let starts = [
            "0 promises move. ",
            "1 promise moves. ",
            "2 promises move. ",
        ];
        for (asked, start) in asked.iter().zip(starts) {
            assert!(asked.starts_with(start), "{asked}");
        }
    }
}
