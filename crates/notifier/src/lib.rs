//! The notifier service: the room on the log, its gRPC door, and the post.

use std::sync::Arc;

use chassis::{Cell, Config, Part};
use domain::notifier::{Notifier, NotifierErrand};

pub mod channel;
pub mod errand;
pub mod grpc;
pub mod message;
pub mod templates;

/// The notifier's part of a process.
///
/// # Errors
/// Settings that letters cannot be sent with, or a room that is open already.
pub fn part(cell: &Cell) -> anyhow::Result<Part> {
    let post = Arc::new(errand::Post::open(cell.config())?);
    let host = cell.room::<Notifier>()?;
    let room = host.clone();
    let perform = move |NotifierErrand::Deliver(letter)| -> futures::future::BoxFuture<'static, _> {
        let (host, post) = (room.clone(), Arc::clone(&post));
        Box::pin(async move { errand::deliver(host, &post, letter).await })
    };
    let part = Part::new(&host, grpc::routes(host.clone()), perform);
    Ok(part.with_reflection(api::FILE_DESCRIPTOR_SET))
}

/// Runs the service until it is asked to stop.
///
/// # Errors
/// What it could not start with, or what it ended with.
pub async fn run(config: Config) -> anyhow::Result<()> {
    chassis::run(config, |cell| Ok(vec![part(cell)?])).await
}
