//! A rebalancing run as it stands in a file. A word that is not known is an error: a filter that
//! was misspelt would fit every line.

use std::path::Path;

use api::allocator::v1::{RunFilter, RunSegment, RunSort, RunSortKey, RunStrategy};
use chassis::wire::stamp;
use serde::Deserialize;
use toml::Spanned;

use crate::problem::Problem;
use crate::toml_file::{self, Wrong, line_at};
use crate::words;

/// What a file asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub segments: Vec<RunSegment>,
    pub nervousness_budget: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    nervousness_budget: Option<u32>,
    #[serde(default, rename = "segment")]
    segments: Vec<Spanned<Segment>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Segment {
    strategy: Strategy,
    #[serde(default)]
    sort: Vec<Sort>,
    #[serde(default)]
    tier_order: Vec<String>,
    #[serde(default)]
    filter: Filter,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Strategy {
    Win,
    Gain,
    Improve,
    Redistribute,
    Fill,
    Lose,
    Skip,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sort {
    Rank,
    Value,
    RequestedAt,
    PlacedAt,
    Tier,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[serde(default)]
    skus: Vec<String>,
    #[serde(default)]
    tiers: Vec<String>,
    #[serde(default)]
    channels: Vec<String>,
    #[serde(default)]
    regions: Vec<String>,
    #[serde(default)]
    orders: Vec<String>,
    placed_from: Option<String>,
    placed_before: Option<String>,
    value_at_least: Option<String>,
}

/// Where a run is told with all its fields.
const EXAMPLE: &str = "docs/rebalance.toml";

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Run, Problem> {
    toml_file::read(path, EXAMPLE, parse)
}

/// Reads a file's text.
fn parse(text: &str) -> Result<Run, Wrong> {
    let file: File = toml_file::decode(text, EXAMPLE)?;
    let segments = file.segments.into_iter().map(|asked| {
        let line = line_at(text, asked.span().start);
        segment(asked.into_inner()).map_err(|what| Wrong {
            what: format!("in the segment that begins here, {what}"),
            line: Some(line),
            next: format!("{EXAMPLE} is an example that says what each field means"),
        })
    });
    Ok(Run {
        segments: segments.collect::<Result<_, _>>()?,
        nervousness_budget: file.nervousness_budget,
    })
}

fn segment(asked: Segment) -> Result<RunSegment, String> {
    if asked.sort.contains(&Sort::Tier) == asked.tier_order.is_empty() {
        return Err("a sort by \"tier\" and a `tier_order` go together".to_owned());
    }
    let strategy = match asked.strategy {
        Strategy::Win => RunStrategy::Win,
        Strategy::Gain => RunStrategy::Gain,
        Strategy::Improve => RunStrategy::Improve,
        Strategy::Redistribute => RunStrategy::Redistribute,
        Strategy::Fill => RunStrategy::Fill,
        Strategy::Lose => RunStrategy::Lose,
        Strategy::Skip => RunStrategy::Skip,
    };
    let tiers = asked.tier_order;
    let sort = asked.sort.into_iter().map(|sort| {
        let (key, tiers) = match sort {
            Sort::Rank => (RunSortKey::Rank, Vec::new()),
            Sort::Value => (RunSortKey::Value, Vec::new()),
            Sort::RequestedAt => (RunSortKey::RequestedAt, Vec::new()),
            Sort::PlacedAt => (RunSortKey::PlacedAt, Vec::new()),
            Sort::Tier => (RunSortKey::Tier, tiers.clone()),
        };
        let key = key.into();
        RunSort { key, tiers }
    });
    Ok(RunSegment {
        sort: sort.collect(),
        filter: Some(filter(asked.filter)?),
        strategy: strategy.into(),
    })
}

fn filter(asked: Filter) -> Result<RunFilter, String> {
    let time = |text: Option<String>| {
        let typed = text.as_deref().map(words::time).transpose()?;
        Ok::<_, String>(typed.map(words::Moment::at))
    };
    let value = asked.value_at_least.as_deref().map(words::amount);
    let value = value.transpose()?.map(u64::try_from).transpose();
    Ok(RunFilter {
        skus: asked.skus,
        tiers: asked.tiers,
        channels: asked.channels,
        regions: asked.regions,
        order_ids: asked.orders,
        placed_from: time(asked.placed_from)?.map(stamp),
        placed_before: time(asked.placed_before)?.map(stamp),
        value_at_least_minor: value.map_err(|_| "`value_at_least` is below 0")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_docs_is_read_whole() {
        let run = parse(include_str!("../../../../../docs/rebalance.toml")).unwrap();
        assert_eq!(run.nervousness_budget, Some(50));
        let strategies: Vec<RunStrategy> = run.segments.iter().map(RunSegment::strategy).collect();
        assert_eq!(
            strategies,
            [
                RunStrategy::Win,
                RunStrategy::Gain,
                RunStrategy::Skip,
                RunStrategy::Redistribute,
                RunStrategy::Fill,
                RunStrategy::Lose,
            ]
        );
        let win = run.segments[0].filter.as_ref().unwrap();
        assert_eq!(win.value_at_least_minor, Some(50_000));
        assert_eq!(run.segments[1].sort[0].tiers, ["gold", "silver"]);
        assert!(
            run.segments[3]
                .filter
                .as_ref()
                .unwrap()
                .placed_before
                .is_some()
        );
    }

    #[test]
    fn a_misspelt_word_is_an_error_and_not_a_filter_that_fits_everything() {
        let segment = "\n[[segment]]\nstrategy = \"lose\"\n";
        for (wrong, line, what) in [
            (
                "[segment.filter]\nsku = [\"BOLT\"]",
                5,
                "unknown field `sku`",
            ),
            (
                "[segment.filter]\nplaced_from = \"soon\"",
                2,
                "a date or a time",
            ),
            ("[segment.filter]\nvalue_at_least = \"-1\"", 2, "no amount"),
            ("sort = [\"tier\"]", 2, "`tier_order` go together"),
            ("sort = [\"best\"]", 4, "unknown variant `best`"),
        ] {
            let said = parse(&format!("{segment}{wrong}")).unwrap_err();
            assert!(said.what.contains(what), "{said:?}");
            assert_eq!(said.line, Some(line), "{said:?}");
        }
        assert_eq!(
            parse("[[segment]]\nstrategy = \"take\"").unwrap_err().line,
            Some(2)
        );
    }
}
