//! How fast a log is read from a real server's disk, and how fast the allocator folds it as it
//! comes: the bytes alone, with the JSON read, and with every event folded.
//!
//! `cargo bench -p backorder-log --bench read`, with `-- --quick` to see only that it runs. The
//! server runs on the same machine. Medians of three rounds, by the clock on the wall.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    missing_docs,
    dead_code,
    reason = "a bench prints, reads the clock, and stops at once when it is wrong"
)]

extern crate domain as backorder_domain;

use std::time::Instant;

use async_nats::jetstream::{self, consumer};
use backorder_log::{Encoded, EventLog, JetStreamLog, JetStreamSettings};
use domain::allocator::Allocator;
use domain::decider::{Projection, Recorded, Room};
use domain::event::Commit;
use domain::ids::{Position, Revision};
use futures::StreamExt;
use local_nats::{LocalNats, Options};

#[path = "../../domain/benches/shop/mod.rs"]
mod shop;

use shop::{Act, Shop, Zipf, acts, item, sku};

const SKUS: u64 = 10_000;

/// What a shop recorded, commit by commit, as JSON.
fn tape(count: usize) -> Vec<Vec<u8>> {
    let zipf = Zipf::new(SKUS as usize);
    let mut shop = Shop {
        tape: Some(Vec::new()),
        ..Shop::default()
    };
    shop.play(&(0..SKUS).map(|n| item(&sku(n))).collect::<Vec<_>>());
    let acts = acts(count, 1, |dice| sku(zipf.draw(dice)));
    shop.play(acts.iter().filter_map(|act| match act {
        Act::Record(event) => Some(&**event),
        _ => None,
    }));
    shop.tape.unwrap_or_default()
}

async fn write(log: &JetStreamLog, tape: &[Vec<u8>]) -> Revision {
    let mut last = Revision(0);
    for line in tape {
        let commit: Commit = serde_json::from_slice(line).expect("a commit");
        let commit = Encoded::new(&commit).expect("it fits");
        last = log
            .append(Room::Allocator, commit, last)
            .await
            .expect("on disk");
    }
    last
}

/// Bytes of all messages, of which nothing else is looked at.
async fn bytes(url: &str, count: usize) -> usize {
    let client = async_nats::connect(url).await.expect("a server");
    let stream = jetstream::new(client)
        .get_stream("BO_read")
        .await
        .expect("a log");
    let ordered = consumer::pull::OrderedConfig::default();
    let consumer = stream.create_consumer(ordered).await.expect("a consumer");
    let messages = consumer.messages().await.expect("messages").take(count);
    messages
        .fold(0, |sum, message| async move {
            sum + message.expect("a message").payload.len()
        })
        .await
}

/// All commits, folded if asked; how many events and effects.
async fn follow(log: &JetStreamLog, last: Revision, fold: bool) -> usize {
    let mut state = Allocator::default();
    let mut commits = log.follow(Allocator::HEARS, Revision(0));
    let mut facts = 0;
    while let Some(logged) = commits.next().await {
        let logged = logged.expect("a commit");
        for (index, event) in (0..).zip(&logged.commit.events) {
            facts += 1 + shop::effects_of(event);
            let position = Position {
                revision: logged.revision,
                index,
            };
            let (as_of, at) = (logged.commit.as_of, logged.commit.at);
            if fold {
                state.evolve(Recorded {
                    position,
                    as_of,
                    at,
                    event,
                });
            }
        }
        if logged.revision == last {
            break;
        }
    }
    facts
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main]
async fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let (count, rounds) = if quick { (2_000, 1) } else { (150_000, 3) };
    let nats = LocalNats::start(Options::default())
        .await
        .expect("a server");
    let settings = JetStreamSettings::new(&nats.url(), "read");
    let log = JetStreamLog::open(settings).await.expect("a log");
    let tape = tape(count);
    let last = write(&log, &tape).await;
    let (mut raw, mut read, mut folded) = (Vec::new(), Vec::new(), Vec::new());
    let (mut size, mut facts) = (0, 0);
    for _ in 0..rounds {
        let begin = Instant::now();
        size = bytes(&nats.url(), tape.len()).await;
        raw.push(begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        facts = follow(&log, last, false).await;
        read.push(begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        follow(&log, last, true).await;
        folded.push(begin.elapsed().as_secs_f64());
    }
    let raw = median(raw);
    println!(
        "{} commits, {:.0} MB, {facts} events and effects\n",
        tape.len(),
        size as f64 / 1e6
    );
    println!("| | MB/s | events and effects a second | of the bytes' rate |");
    println!("|:--|--:|--:|--:|");
    for (name, took) in [
        ("the bytes alone", raw),
        ("with the JSON read", median(read)),
        ("and folded by the allocator", median(folded)),
    ] {
        let rate = size as f64 / 1e6 / took;
        println!(
            "| {name} | {rate:.0} | {:.0} | {:.0} % |",
            facts as f64 / took,
            raw / took * 100.0
        );
    }
    nats.stop().await.expect("it stops");
}
