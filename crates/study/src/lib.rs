//! One shop under four policies: first come, tiers, value, fair share. It plays the shop's real
//! orders on a real log, asks the allocator how the others would have gone, and writes what comes
//! of it into a document, as tables and a chart.
//!
//! It prints nothing. The tables and the chart of a comparison serve the command `what-if` too.

pub mod chart;
pub mod comparison;
mod document;
mod policies;

use std::path::Path;
use std::time::Duration;

use api::allocator::v1::{WhatIfRequest, WhatIfResponse};
use demo::{Options, Played, Progress};

pub use document::{DocumentError, figures, write};
pub use policies::policies;

/// Plays a shop's orders as the demo does, and asks about the log that comes of it. Returns the
/// answer and how long it took to be given.
///
/// # Errors
/// The orders cannot be read, the folder `state` is not empty, or a part of the system fails.
pub async fn play(
    orders: &Path,
    state: Option<&Path>,
    asked: WhatIfRequest,
    progress: impl FnMut(Progress),
) -> anyhow::Result<(WhatIfResponse, Duration)> {
    let options = Options {
        orders: Some(orders.to_owned()),
        state: state.map(Path::to_owned),
        ..Options::default()
    };
    let shop = Played::open(&options, progress).await?;
    let began = tokio::time::Instant::now();
    let answer = shop.what_if(asked).await?;
    let took = began.elapsed();
    shop.close().await?;
    Ok((answer, took))
}
