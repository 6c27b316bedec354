//! How fast a log is read from a real server, and how fast the allocator folds it as it comes:
//! the bytes alone, with the JSON read, and with every event folded.
//!
//! `cargo bench -p backorder-event-log --bench read`, with `-- --quick` to see only that it
//! runs. Two logs of the same shop: as a busy cell writes it, where many orders share a commit,
//! and as a quiet one does, where each order is one. The server runs on the same machine and wants
//! its cores too. Medians of several rounds, by the clock on the wall; beside it what this process
//! has had of the cores.

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
    reason = "a bench prints, reads the clock, stops at once when it is wrong, and shares its shop"
)]

extern crate allocation as backorder_allocation;

use std::sync::Arc;
use std::time::{Duration, Instant};

use allocation::Allocator;
use async_nats::header::{HeaderMap, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE};
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::{self, Context, stream::Stream as Messages};
use backorder_event_log::{EventLog, JetStreamLog, JetStreamSettings, Logged};
use bytes::Bytes;
use domain::decider::{Projection, Recorded, Room};
use domain::ids::{Position, Revision};
use futures::{Stream, StreamExt};
use local_nats::{LocalNats, Options};
use rustix::time::{ClockId, clock_gettime};
use serde::de::IgnoredAny;
use tokio::sync::mpsc;

#[path = "../../allocation/benches/shop/mod.rs"]
mod shop;

use shop::{Act, Shop, Zipf, acts, item, sku};

const SKUS: u64 = 10_000;
/// What fetches messages fastest, of what was tried.
const MESSAGES_A_PULL: usize = 5_000;
/// The server cuts off who has more than 64 MB on the way.
const BYTES_A_PULL: usize = 16 * 1024 * 1024;
/// Commits on their way to the server.
const WRITTEN_AT_ONCE: usize = 200;
/// Commits that were read and wait to be folded, as in a process of rooms.
const READ_AHEAD: usize = 1_024;
/// Of these, so many are taken at once.
const AT_ONCE: usize = 256;

/// A log to read.
struct Tape {
    name: &'static str,
    /// Commits as JSON.
    commits: Vec<Vec<u8>>,
    bytes: usize,
    /// Events and effects.
    facts: usize,
}

/// What the shop recorded when so many acts shared a commit.
fn tape(name: &'static str, count: usize, together: usize) -> Tape {
    let zipf = Zipf::new(SKUS as usize);
    let mut shop = Shop {
        tape: Some(Vec::new()),
        ..Shop::default()
    };
    let items: Vec<_> = (0..SKUS).map(|n| item(&sku(n))).collect();
    let mut facts = items.len() + shop.play(&items);
    let acts = acts(count, 1, |dice| sku(zipf.draw(dice)));
    for some in acts.chunks(together) {
        let recorded = some.iter().filter_map(|act| match act {
            Act::Record(event) => Some(&**event),
            _ => None,
        });
        facts += recorded.clone().count();
        if recorded.clone().count() > 0 {
            shop.fold(recorded);
            facts += shop.settle();
        }
    }
    let commits = shop.tape.unwrap_or_default();
    Tape {
        name,
        bytes: commits.iter().map(Vec::len).sum(),
        commits,
        facts,
    }
}

/// Writes them as the log does, but many at once: how it came there does not matter to who reads.
async fn write(context: &Context, cell: &str, tape: &Tape) {
    let subject = format!("bo.{cell}.{}", Room::Allocator.token());
    let mut last = 0_u64;
    for some in tape.commits.chunks(WRITTEN_AT_ONCE) {
        let mut standing = Vec::new();
        for line in some {
            let mut headers = HeaderMap::new();
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, last.to_string());
            let body = Bytes::from(line.clone());
            let sent = context.publish_with_headers(subject.clone(), headers, body);
            standing.push(sent.await.expect("sent"));
            last += 1;
        }
        for acknowledged in standing {
            acknowledged.await.expect("it stands on the log");
        }
    }
}

/// All messages, as fast as they come.
async fn each(stream: &Messages, count: usize, mut with: impl FnMut(&[u8])) {
    let config = pull::Config {
        ack_policy: AckPolicy::None,
        memory_storage: true,
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await.expect("a consumer");
    let messages = consumer
        .stream()
        .max_messages_per_batch(MESSAGES_A_PULL)
        .max_bytes_per_batch(BYTES_A_PULL)
        .messages();
    let mut messages = messages.await.expect("messages").take(count);
    while let Some(message) = messages.next().await {
        with(&message.expect("a message").payload);
    }
}

/// All messages, whose JSON is gone through without making anything of it: no reader of JSON that
/// looks at every byte is faster.
async fn scanned(stream: &Messages, count: usize) {
    each(stream, count, |message| {
        let _nothing: IgnoredAny = serde_json::from_slice(message).expect("JSON");
    })
    .await;
}

/// So many commits as a room is told them.
fn follow(log: &JetStreamLog, count: usize) -> impl Stream<Item = Arc<Logged>> + Send + use<> {
    let commits = log.follow(&Room::ALL, Revision(0));
    commits.map(|logged| logged.expect("a commit")).take(count)
}

fn fold(state: &mut Allocator, logged: &Logged) {
    let (as_of, at) = (logged.commit.as_of, logged.commit.at);
    for (index, event) in (0..).zip(&logged.commit.events) {
        let revision = logged.revision;
        state.fold(
            Recorded {
                position: Position { revision, index },
                as_of,
                at,
            },
            event,
        );
    }
}

/// Read in one task and folded in another, as in a process of rooms.
async fn read_and_fold(log: &JetStreamLog, count: usize) {
    let (tell, mut told) = mpsc::channel::<Arc<Logged>>(READ_AHEAD);
    let folding = tokio::spawn(async move {
        let mut state = Allocator::default();
        let mut some = Vec::new();
        while told.recv_many(&mut some, AT_ONCE).await > 0 {
            some.drain(..).for_each(|logged| fold(&mut state, &logged));
        }
        state
    });
    let mut commits = Box::pin(follow(log, count));
    let reading = tokio::spawn(async move {
        while let Some(logged) = commits.next().await {
            tell.send(logged).await.expect("somebody folds");
        }
    });
    reading.await.expect("read");
    drop(folding.await.expect("folded"));
}

/// Read and folded in turn, in one task.
async fn in_turn(log: &JetStreamLog, count: usize) {
    let mut state = Allocator::default();
    let mut commits = Box::pin(follow(log, count));
    while let Some(logged) = commits.next().await {
        fold(&mut state, &logged);
    }
}

/// What this process has had of the cores.
fn spent() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(spent.tv_sec as u64, spent.tv_nsec as u32)
}

/// Seconds on the wall, and of a core.
async fn timed(work: impl Future) -> [f64; 2] {
    let (begin, before) = (Instant::now(), spent());
    work.await;
    [begin.elapsed(), spent() - before].map(|span| span.as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

const WAYS: [&str; 5] = [
    "the bytes alone",
    "with the JSON gone through, and nothing made of it",
    "with the JSON read",
    "and folded by the allocator, in a task of its own",
    "and folded by the allocator, in turn",
];

async fn round(log: &JetStreamLog, stream: &Messages, tape: &Tape) -> [[f64; 2]; 5] {
    let count = tape.commits.len();
    let mut bytes = 0;
    let alone = timed(each(stream, count, |message| bytes += message.len())).await;
    assert_eq!(bytes, tape.bytes, "all of the log");
    [
        alone,
        timed(scanned(stream, count)).await,
        timed(follow(log, count).for_each(async |logged| drop(logged))).await,
        timed(read_and_fold(log, count)).await,
        timed(in_turn(log, count)).await,
    ]
}

async fn measure(nats: &LocalNats, cell: &str, tape: &Tape, rounds: usize) {
    let settings = JetStreamSettings::new(&nats.url(), cell);
    let log = JetStreamLog::open(settings).await.expect("a log");
    let client = async_nats::connect(nats.url()).await.expect("a server");
    let context = jetstream::new(client);
    write(&context, cell, tape).await;
    let stream = context.get_stream(format!("BO_{cell}")).await;
    let stream = stream.expect("the log");
    let mut took = Vec::new();
    for _ in 0..rounds {
        took.push(round(&log, &stream, tape).await);
    }
    println!(
        "\n{}: {} commits, {:.0} MB, {} events and effects\n",
        tape.name,
        tape.commits.len(),
        tape.bytes as f64 / 1e6,
        tape.facts,
    );
    println!(
        "| | MB/s | commits/s | events and effects/s | of the bytes' rate | core s of the reader |"
    );
    println!("|:--|--:|--:|--:|--:|--:|");
    let of = |way: usize, what: usize| median(took.iter().map(|round| round[way][what]).collect());
    for (way, name) in WAYS.iter().enumerate() {
        let (wall, core) = (of(way, 0), of(way, 1));
        println!(
            "| {name} | {:.0} | {:.0} | {:.0} | {:.0} % | {core:.2} |",
            tape.bytes as f64 / 1e6 / wall,
            tape.commits.len() as f64 / wall,
            tape.facts as f64 / wall,
            of(0, 0) / wall * 100.0,
        );
    }
}

#[tokio::main]
async fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let (busy, quiet, rounds) = if quick {
        (2_000, 500, 1)
    } else {
        (150_000, 80_000, 5)
    };
    // Reading does not depend on how it was written.
    let options = Options {
        sync_always: false,
        ..Options::default()
    };
    let nats = LocalNats::start(options).await.expect("a server");
    let tapes = [
        tape("A busy cell", busy, shop::COMMIT),
        tape("A quiet cell", quiet, 1),
    ];
    for (cell, tape) in ["busy", "quiet"].into_iter().zip(&tapes) {
        measure(&nats, cell, tape, rounds).await;
    }
    nats.stop().await.expect("it stops");
}
