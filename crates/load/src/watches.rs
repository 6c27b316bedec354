//! Callers who watch while others call: each watches a hundred items and reads what comes.

use api::inventory::v1 as stock;
use tokio::task::JoinSet;

use crate::doors::{Doors, SKUS, sku};

/// As many as a service lets watch but for a few.
const WATCHERS: u32 = 1_000;
/// Items that each of them watches.
const WATCHED: u32 = 100;
/// Watchers on one connection: below what a service lets one connection have.
const WATCHERS_A_CONNECTION: u32 = 250;
/// Callers on one connection, to choose another one for each group.
const NEXT_CONNECTION: u32 = 64;

/// Watches that go on until they are dropped.
pub struct Watches(JoinSet<()>);

impl Watches {
    /// Begins all of them, and waits until each has told something.
    pub async fn begin(doors: &Doors) -> anyhow::Result<Self> {
        let mut watches = JoinSet::new();
        for number in 0..WATCHERS {
            let group = number
                .checked_div(WATCHERS_A_CONNECTION)
                .unwrap_or_default();
            let mut client = doors.inventory(group.saturating_mul(NEXT_CONNECTION));
            // Each hundred begins elsewhere, and the first of them are the most wanted.
            let item = |nth: u32| number.wrapping_mul(7).wrapping_add(nth).checked_rem(SKUS);
            let request = stock::WatchStockRequest {
                skus: (0..WATCHED).filter_map(item).map(sku).collect(),
                ..Default::default()
            };
            let mut told = client.watch_stock(request).await?.into_inner();
            told.message().await?;
            watches.spawn(async move { while let Ok(Some(_)) = told.message().await {} });
        }
        Ok(Self(watches))
    }

    /// How many have ended by themselves: none should.
    pub fn ended(&mut self) -> usize {
        let mut ended = 0_usize;
        while self.0.try_join_next().is_some() {
            ended = ended.saturating_add(1);
        }
        ended
    }
}
