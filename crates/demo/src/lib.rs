//! A shop, played on a real log: a seeded launch or a shop's own orders, from the first day to the
//! last delivery. It plays only the outside world: customers, the warehouse, the suppliers'
//! simulated adapter. It holds the clock.
//!
//! It prints nothing: progress goes to a callback, and the page is a text.

mod doors;
mod launch;
mod page;
mod plan;
mod played;
mod summary;
mod world;

pub use played::{COVER_DAYS, Options, Played, Progress, Report, SEED};
pub use summary::Summary;
