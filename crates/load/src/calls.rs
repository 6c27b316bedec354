//! Callers who make one call after the other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use api::inventory::v1 as stock;
use api::orders::v1;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tonic::Status;

use crate::doors::{Doors, LOCATION, sku};
use crate::figures::Figures;

/// Orders of its own that a caller remembers, to read or cancel them.
const REMEMBERED: usize = 16;
/// How long a caller waits for the outcome of an order.
const PATIENCE: prost_types::Duration = prost_types::Duration {
    seconds: 30,
    nanos: 0,
};

/// What callers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// 70 % place an order of 1 to 3 lines, 8 % cancel one, 15 % receive an item, 7 % read one.
    Mixed,
    /// The same beside 1,000 callers who watch 100 items each.
    MixedBesideWatches,
    /// Place orders of one line, answered when they are on disk.
    Place,
    /// Place orders of one line, answered when their stock is assigned or their date is promised.
    Settled,
    /// As `Settled`, all over one call.
    ManyOfOneLine,
    /// The same with two lines each.
    ManyOfTwoLines,
    /// Receive the most wanted item, answered when it is on disk.
    HotReceipts,
}

impl Work {
    /// Whether it goes over one call instead of one call each.
    pub const fn is_one_call(self) -> bool {
        matches!(self, Self::ManyOfOneLine | Self::ManyOfTwoLines)
    }
}

/// So many callers, for so long.
pub async fn round(
    doors: &Arc<Doors>,
    work: Work,
    callers: u32,
    span: Duration,
) -> anyhow::Result<Figures> {
    let mut calling = JoinSet::new();
    let began = Instant::now();
    for number in 0..callers {
        let caller = Caller {
            doors: Arc::clone(doors),
            number,
            random: fastrand::Rng::with_seed(u64::from(number)),
            own: VecDeque::new(),
        };
        let figures = Figures::new(began, span);
        calling.spawn(caller.call(work, figures));
    }
    let mut all = Figures::new(began, span);
    while let Some(figures) = calling.join_next().await {
        all.join(figures?);
    }
    Ok(all.done())
}

struct Caller {
    doors: Arc<Doors>,
    number: u32,
    random: fastrand::Rng,
    own: VecDeque<String>,
}

impl Caller {
    async fn call(mut self, work: Work, mut figures: Figures) -> Figures {
        while !figures.is_over() {
            let asked = Instant::now();
            let answer = match work {
                Work::Mixed | Work::MixedBesideWatches => self.mixed().await,
                Work::Place | Work::ManyOfOneLine | Work::ManyOfTwoLines => {
                    self.place(1, None).await
                }
                Work::Settled => self.place(1, Some(PATIENCE)).await,
                Work::HotReceipts => self.receive(0).await,
            };
            figures.add(asked, &answer);
        }
        figures
    }

    async fn mixed(&mut self) -> Result<(), Status> {
        match self.random.u32(0..100) {
            0..70 => {
                let lines = self.random.u32(1..=3);
                self.place(lines, None).await
            }
            70..78 => match self.own.pop_front() {
                Some(order) => self.cancel(order).await,
                None => self.place(1, None).await,
            },
            78..93 => {
                let item = self.doors.wanted_number(&mut self.random);
                self.receive(item).await
            }
            _ => match self.own.back().cloned() {
                Some(order) => self.read(order).await,
                None => self.place(1, None).await,
            },
        }
    }

    async fn place(
        &mut self,
        lines: u32,
        wait: Option<prost_types::Duration>,
    ) -> Result<(), Status> {
        let mut request = self.doors.wanted_order(lines, &mut self.random);
        request.wait = wait;
        let order = request.order_id.clone();
        let answer = self.doors.orders(self.number).place_order(request).await?;
        if wait.is_some() && answer.into_inner().order.is_none() {
            return Err(Status::deadline_exceeded("not decided in time"));
        }
        if self.own.len() >= REMEMBERED {
            self.own.pop_front();
        }
        self.own.push_back(order);
        Ok(())
    }

    async fn cancel(&self, order_id: String) -> Result<(), Status> {
        let request = v1::CancelOrderRequest {
            cancellation_id: format!("cancel {order_id}"),
            order_id,
            ..Default::default()
        };
        let answer = self.doors.orders(self.number).cancel_order(request).await;
        answer.map(drop)
    }

    async fn receive(&self, item: u32) -> Result<(), Status> {
        let request = stock::ReceiveStockRequest {
            receipt_id: format!("R-{:010}", self.doors.number()),
            location_id: LOCATION.to_owned(),
            lines: vec![stock::SkuQuantity {
                sku: sku(item),
                quantity: 1,
            }],
            ..Default::default()
        };
        let mut inventory = self.doors.inventory(self.number);
        inventory.receive_stock(request).await.map(drop)
    }

    async fn read(&self, order_id: String) -> Result<(), Status> {
        let request = v1::GetOrderRequest {
            order_id,
            ..Default::default()
        };
        let answer = self.doors.orders(self.number).get_order(request).await;
        answer.map(drop)
    }
}
