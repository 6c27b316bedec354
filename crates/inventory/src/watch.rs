//! Callers who watch items. Nothing is buffered: who reads slowly misses states in between,
//! never the last one.

use std::collections::VecDeque;

use api::inventory::v1;
use chassis::{Host, QueryError};
use domain::decider::Decider;
use domain::ids::{Revision, Sku};
use domain::inventory::Inventory;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tonic::Status;

use crate::answer;

/// One caller, and the revision of each item's last change that they were told of.
struct Watcher {
    host: Host<Inventory>,
    changes: watch::Receiver<Revision>,
    told: Vec<(Sku, Option<Revision>)>,
    /// Found changed at the last look; told one by one, each as it then is.
    changed: VecDeque<usize>,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

/// The items now, then each again when it has changed, until the caller leaves.
pub fn stream(
    host: Host<Inventory>,
    skus: Vec<Sku>,
    permit: OwnedSemaphorePermit,
) -> BoxStream<'static, Result<v1::WatchStockResponse, Status>> {
    let watcher = Watcher {
        changes: host.changes(),
        host,
        told: skus.into_iter().map(|sku| (sku, None)).collect(),
        changed: VecDeque::new(),
        ended: false,
        _permit: permit,
    };
    futures::stream::unfold(watcher, |mut watcher| async {
        let next = watcher.next().await?;
        Some((next, watcher))
    })
    .boxed()
}

impl Watcher {
    async fn next(&mut self) -> Option<Result<v1::WatchStockResponse, Status>> {
        while !self.ended {
            if let Some(index) = self.changed.pop_front() {
                match self.tell(index) {
                    Some(news) => return Some(Ok(news)),
                    None => continue,
                }
            }
            self.changes.mark_unchanged();
            self.look();
            if self.changed.is_empty() && self.changes.changed().await.is_err() {
                self.ended = true;
                return Some(Err(QueryError::Stopped(Inventory::ROOM).into()));
            }
        }
        None
    }

    fn look(&mut self) {
        let told = self.told.iter().enumerate();
        self.changed = self.host.read(|inventory| {
            let is_news = |sku: &Sku, told: Option<Revision>| {
                inventory.stock(sku).map(domain::inventory::Stock::changed) != told
            };
            told.filter(|(_, (sku, told))| is_news(sku, *told))
                .map(|(index, _)| index)
                .collect()
        });
    }

    fn tell(&mut self, index: usize) -> Option<v1::WatchStockResponse> {
        let (sku, told) = self.told.get_mut(index)?;
        self.host.read_at(|inventory, revision| {
            let stock = inventory.stock(sku)?;
            *told = Some(stock.changed());
            Some(v1::WatchStockResponse {
                stock: Some(answer::stock(sku, stock.item()?, stock)),
                revision: revision.0,
            })
        })
    }
}
