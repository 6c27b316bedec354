//! `study`: four policies on a real log, written into a document.

use std::path::PathBuf;

use clap::Args;
use domain::decider::Room;
use study::DocumentError;

use super::what_if::Span;
use crate::output::line;
use crate::problem::Problem;
use crate::progress::Bar;
use crate::session::Session;

/// Compare four policies on one shop (first come, tiers, value, fair share), as tables and a chart
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder study                                    of the cell that is running
  backorder study --from 2026-09-01 --to 2026-11-30  of three months of it
  backorder study --orders lines.csv.gz              of a shop's real orders
  backorder study --orders lines.csv.gz --into docs/study.md

With --into, the figures of that document are written anew, and its chart
beside it as SVG.")]
pub(crate) struct Study {
    /// Order lines to play first, as CSV or CSV.gz [default: ask the running cell]
    #[arg(long, value_name = "FILE")]
    orders: Option<PathBuf>,
    #[command(flatten)]
    span: Span,
    /// The document to update
    #[arg(long, value_name = "FILE.md")]
    into: Option<PathBuf>,
    /// Keep the played log and the letters in this folder, which must be empty or not exist
    #[arg(long, value_name = "DIR", requires = "orders")]
    state: Option<PathBuf>,
}

impl Study {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let asked = self.span.request(study::policies());
        let (answer, took) = match &self.orders {
            Some(orders) => {
                let mut bar = Bar::default();
                let progress = move |progress| bar.show(progress);
                study::play(orders, self.state.as_deref(), asked, progress)
                    .await
                    .map_err(|error| {
                        Problem::caused(
                            &error,
                            "the study",
                            "mend what it names; `backorder study --help` has examples",
                        )
                    })?
            }
            None => {
                let doors = &session.doors;
                let mut client = doors.allocator()?;
                let began = tokio::time::Instant::now();
                let call = client.what_if(asked);
                let answer = doors.ask(Room::Allocator, "WhatIf", call).await?;
                (answer, began.elapsed())
            }
        };
        let Some(into) = &self.into else {
            line(&study::figures(&answer));
            return Ok(());
        };
        let svg = study::write(into, &answer).map_err(|error| unfit(&error))?;
        eprintln!(
            "written to {} and {}; {} worlds were played in {:.1} s",
            into.display(),
            svg.display(),
            answer.worlds.len(),
            took.as_secs_f64()
        );
        Ok(())
    }
}

fn unfit(error: &DocumentError) -> Problem {
    let with_places =
        "name a document with the two lines between which figures stand, as docs/study.md has";
    let (what, file, next) = match error {
        DocumentError::Unread { file, source } => (source.to_string(), file, with_places),
        DocumentError::NoPlace { file } => (
            "it has no place for the figures".to_owned(),
            file,
            with_places,
        ),
        DocumentError::Unwritten { file, source } => (
            format!("the file cannot be written: {source}"),
            file,
            "name a file that can be written",
        ),
    };
    Problem::failed(what, &file.display().to_string(), next)
}
