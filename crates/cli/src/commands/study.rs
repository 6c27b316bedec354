//! `study`: four policies on a real log, written into a document.

use std::path::PathBuf;

use api::allocator::v1::{
    BoostStep, RankingRule, TierBoost, WhatIfRequest, WhatIfResponse, WhatIfScenario,
};
use clap::Args;
use demo::{Options, Played};
use domain::decider::Room;

use super::what_if::{Span, write};
use crate::output::line;
use crate::problem::Problem;
use crate::progress::Bar;
use crate::session::Session;
use crate::what_if::{Rows, chart, rows};

/// What stands between these lines of the document is written anew; the rest is left.
const BEGIN: &str = "<!-- figures: `backorder study` writes from here -->";
const END: &str = "<!-- figures: to here -->";

/// Compare four policies on one shop (first come, tiers, value, fair share), as tables and a chart
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder study                                      of the cell that is running
  backorder study --from 2026-09-01 --to 2026-11-30    of three months of it
  backorder study --orders lines.csv.gz                plays a shop's real orders first, as demo
  backorder study --orders lines.csv.gz --into docs/study.md

With --into, the figures of that document are written anew, and its chart beside it as SVG.")]
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
        let asked = self.span.request(policies());
        let (answer, seconds) = match &self.orders {
            Some(orders) => {
                played(orders, self.state.as_deref(), asked)
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
                (answer, began.elapsed().as_secs_f64())
            }
        };
        let figures = figures(&answer);
        let Some(into) = &self.into else {
            line(&figures);
            return Ok(());
        };
        let text =
            std::fs::read_to_string(into).map_err(|error| unfit(&error.to_string(), into))?;
        let text = with_figures(&text, &figures)
            .ok_or_else(|| unfit("it has no place for the figures", into))?;
        write(into, &text)?;
        let title = "Open backorders and waits under four policies";
        let svg = into.with_extension("svg");
        write(&svg, &chart(&answer, title).svg())?;
        eprintln!(
            "written to {} and {}; {} worlds were played in {seconds:.1} s",
            into.display(),
            svg.display(),
            answer.worlds.len()
        );
        Ok(())
    }
}

fn unfit(what: &str, file: &std::path::Path) -> Problem {
    Problem::failed(
        what,
        &file.display().to_string(),
        "name a document with the two lines between which figures stand, as docs/study.md has",
    )
}

async fn played(
    orders: &std::path::Path,
    state: Option<&std::path::Path>,
    asked: WhatIfRequest,
) -> anyhow::Result<(WhatIfResponse, f64)> {
    let options = Options {
        orders: Some(orders.to_owned()),
        state: state.map(std::path::Path::to_owned),
        ..Options::default()
    };
    let mut bar = Bar::default();
    let shop = Played::open(&options, |progress| bar.show(progress)).await?;
    bar.clear();
    let began = tokio::time::Instant::now();
    let answer = shop.what_if(asked).await?;
    let seconds = began.elapsed().as_secs_f64();
    shop.close().await?;
    Ok((answer, seconds))
}

/// The four policies.
fn policies() -> Vec<WhatIfScenario> {
    let policy = |name: &str, rule| WhatIfScenario {
        name: name.into(),
        rule: Some(rule),
        ..Default::default()
    };
    vec![
        policy("first come", first_come()),
        policy("tiers", tiers()),
        policy("value", value()),
        WhatIfScenario {
            fair_share: Some(true),
            ..policy("fair share", first_come())
        },
    ]
}

fn first_come() -> RankingRule {
    RankingRule {
        explanation: "Whoever ordered first is served first".into(),
        ..Default::default()
    }
}

/// The rule that is built in.
fn tiers() -> RankingRule {
    let days = [("gold", 14), ("silver", 7)];
    let tier = |(tier, days): (&str, u32)| TierBoost {
        tier: tier.to_owned(),
        days,
    };
    RankingRule {
        explanation: "A gold customer counts as having ordered 14 days earlier, a silver one 7"
            .into(),
        tiers: days.map(tier).into(),
        max_boost_days: 14,
        ..Default::default()
    }
}

/// About a half, a quarter and a tenth of the orders of the wholesaler studied reach its steps.
fn value() -> RankingRule {
    let step = |(at_least_minor, days)| BoostStep {
        at_least_minor,
        days,
    };
    RankingRule {
        explanation: "An order of 250 counts as placed 4 days earlier, of 500 8, of 1,000 14"
            .into(),
        value: [(25_000, 4), (50_000, 8), (100_000, 14)].map(step).into(),
        max_boost_days: 14,
        ..Default::default()
    }
}

/// The comparison as tables in Markdown.
fn figures(answer: &WhatIfResponse) -> String {
    let Rows { columns, rows } = rows(answer);
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = row(&columns);
    text.push_str("|---|");
    text.push_str(&"---:|".repeat(columns.len().saturating_sub(1)));
    text.push('\n');
    for cells in rows {
        let says_nothing = |cell: &String| matches!(cell.as_str(), "0" | "-" | "0.00");
        if !cells.iter().skip(1).all(says_nothing) {
            text.push_str(&row(&cells));
        }
    }
    text
}

/// The document with these figures; none if it has no place for them.
fn with_figures(text: &str, figures: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{figures}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use api::allocator::v1::{WhatIfMeasures, WhatIfWorld};

    use super::*;

    #[test]
    fn figures_take_the_place_of_older_ones_and_the_prose_stays() {
        let world = |name: &str| WhatIfWorld {
            name: name.into(),
            overall: Some(WhatIfMeasures {
                lines: 7,
                ..Default::default()
            }),
            ..Default::default()
        };
        let answer = WhatIfResponse {
            worlds: vec![world("tiers"), world("value")],
            ..Default::default()
        };
        let text = format!("# Study\n{BEGIN}\nold\n{END}\nprose\n");
        let new = with_figures(&text, &figures(&answer)).unwrap();
        assert!(
            new.contains("| measure | tiers | value |\n|---|---:|---:|\n"),
            "{new}"
        );
        assert!(new.contains("| lines placed | 7 | 7 |"), "{new}");
        assert!(!new.contains("old") && !new.contains("units refused"));
        assert!(new.ends_with("\nprose\n"));
        assert_eq!(with_figures("# Study", ""), None);
    }
}
