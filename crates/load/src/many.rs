//! Callers who place many orders in one call.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api::orders::v1;
use api::orders::v1::place_orders_response::Answer;
use futures::stream::StreamExt;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::calls::Work;
use crate::doors::Doors;
use crate::figures::Figures;

/// Calls that carry many requests, each on a connection of its own.
const CALLS: u32 = 2;
/// Requests under way in all of them: as many as the server takes.
pub const IN_FLIGHT: u32 = 2_048;
/// Those of one of them.
const PLACES_A_CALL: usize = 1_024;
/// Callers on one connection, to choose another one for each call.
const NEXT_CONNECTION: u32 = 64;

/// For so long, as many requests as the server takes.
pub async fn round(doors: &Arc<Doors>, work: Work, span: Duration) -> anyhow::Result<Figures> {
    let lines = if work == Work::ManyOfTwoLines { 2 } else { 1 };
    let began = Instant::now();
    let mut calling = JoinSet::new();
    for number in 0..CALLS {
        let figures = Figures::new(began, span);
        calling.spawn(call(Arc::clone(doors), number, lines, figures));
    }
    let mut all = Figures::new(began, span);
    while let Some(figures) = calling.join_next().await {
        all.join(figures??);
    }
    Ok(all.done())
}

async fn call(
    doors: Arc<Doors>,
    number: u32,
    lines: u32,
    mut figures: Figures,
) -> anyhow::Result<Figures> {
    // Else the client's library takes thousands more than are under way, and lets them wait.
    let places = Arc::new(Semaphore::new(PLACES_A_CALL));
    let asked = Arc::new(Mutex::new(VecDeque::new()));
    let requests = {
        let (places, asked, over) = (Arc::clone(&places), Arc::clone(&asked), figures.clone());
        let doors = Arc::clone(&doors);
        let random = fastrand::Rng::with_seed(u64::from(number));
        futures::stream::unfold(random, move |mut random| {
            let mut order = doors.wanted_order(lines, &mut random);
            let (places, asked) = (Arc::clone(&places), Arc::clone(&asked));
            let is_over = over.is_over();
            async move {
                if is_over {
                    return None;
                }
                // Given back with the answer.
                places.acquire().await.ok()?.forget();
                order.wait = Some(prost_types::Duration {
                    seconds: 30,
                    nanos: 0,
                });
                let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
                asked.push_back(Instant::now());
                Some((v1::PlaceOrdersRequest { order: Some(order) }, random))
            }
        })
    };
    let mut client = doors.orders(number.saturating_mul(NEXT_CONNECTION));
    let mut answers = client.place_orders(requests).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        places.add_permits(1);
        let asked = {
            let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.pop_front()
        };
        let answer = placed(answer).and_then(|placed| {
            let undecided = || Status::deadline_exceeded("not decided in time");
            placed.order.ok_or_else(undecided)
        });
        figures.add(asked.unwrap_or_else(Instant::now), &answer);
    }
    Ok(figures)
}

fn placed(answer: v1::PlaceOrdersResponse) -> Result<v1::PlaceOrderResponse, Status> {
    match answer.answer {
        Some(Answer::Placed(placed)) => Ok(placed),
        Some(Answer::Failed(failed)) => Err(Status::new(Code::from(failed.code), failed.message)),
        None => Err(Status::internal("an answer says nothing")),
    }
}

/// Places all of these.
pub async fn place_all(doors: &Doors, orders: Vec<v1::PlaceOrderRequest>) -> anyhow::Result<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let request = |order| v1::PlaceOrdersRequest { order: Some(order) };
    let requests = futures::stream::iter(orders).map(request);
    let answers = doors.orders(0).place_orders(requests).await?;
    let mut answers = answers.into_inner();
    while let Some(answer) = answers.message().await? {
        placed(answer)?;
    }
    Ok(())
}
