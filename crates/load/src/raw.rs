//! The yardstick: the server alone, spoken to in its own protocol, as a client at its best can.

use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// As much as an order of one line.
const PUBLISHED_BYTES: usize = 300;
const INBOX: &str = "_INBOX.raw";

struct Raw {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
    body: Vec<u8>,
}

impl Raw {
    async fn connect(url: &str) -> anyhow::Result<Self> {
        let address = url.strip_prefix("nats://").context("an address")?;
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut raw = Self {
            stream: BufReader::with_capacity(1 << 20, stream),
            line: Vec::new(),
            body: Vec::new(),
        };
        let hello = "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\n";
        raw.say(&format!("{hello}SUB {INBOX} 1\r\n")).await?;
        Ok(raw)
    }

    async fn say(&mut self, words: &str) -> anyhow::Result<()> {
        Ok(self.stream.write_all(words.as_bytes()).await?)
    }

    async fn ask(&mut self, subject: &str, body: &str) -> anyhow::Result<()> {
        let bytes = body.len();
        self.say(&format!("PUB {subject} {INBOX} {bytes}\r\n{body}\r\n"))
            .await
    }

    /// Waits for the next message. Its body is in `body`, with its headers.
    async fn answer(&mut self) -> anyhow::Result<()> {
        loop {
            self.line.clear();
            self.stream.read_until(b'\n', &mut self.line).await?;
            let line = std::str::from_utf8(&self.line)?.trim_end().to_owned();
            let verb = line.split(' ').next().unwrap_or_default();
            match verb {
                "MSG" | "HMSG" => {
                    let bytes = line.rsplit(' ').next().unwrap_or_default();
                    let bytes: usize = bytes.parse()?;
                    self.body.resize(bytes.saturating_add(2), 0);
                    self.stream.read_exact(&mut self.body).await?;
                    return Ok(());
                }
                "PING" => self.say("PONG\r\n").await?,
                "INFO" | "PONG" => {}
                _ => anyhow::bail!("the server says {line:?}"),
            }
        }
    }
}

fn per_second(count: u32, begin: Instant) -> f64 {
    f64::from(count) / begin.elapsed().as_secs_f64()
}

/// Direct gets a second of commits from all over the log.
///
/// # Errors
/// The server cannot be spoken to, or does not answer as it should.
pub async fn direct_gets(
    url: &str,
    stream: &str,
    last: u64,
    in_flight: usize,
    span: Duration,
) -> anyhow::Result<f64> {
    let mut raw = Raw::connect(url).await?;
    let subject = format!("$JS.API.DIRECT.GET.{stream}");
    let (mut asked, mut answered) = (0_u64, 0_u32);
    let begin = Instant::now();
    while begin.elapsed() < span {
        while asked < u64::from(answered).saturating_add(u64::try_from(in_flight)?) {
            let at = asked
                .wrapping_mul(7_919)
                .checked_rem(last)
                .unwrap_or_default();
            let body = format!("{{\"seq\":{}}}", at.saturating_add(1));
            raw.ask(&subject, &body).await?;
            asked = asked.saturating_add(1);
        }
        raw.answer().await?;
        answered = answered.saturating_add(1);
    }
    Ok(per_second(answered, begin))
}

/// Synced publishes a second, one at a time, on a stream of their own.
///
/// # Errors
/// As [`direct_gets`].
pub async fn publishes(url: &str, span: Duration) -> anyhow::Result<f64> {
    let mut raw = Raw::connect(url).await?;
    let stream = r#"{"name":"RAW","subjects":["raw"],"storage":"file","num_replicas":1}"#;
    raw.ask("$JS.API.STREAM.CREATE.RAW", stream).await?;
    raw.answer().await?;
    let body = "x".repeat(PUBLISHED_BYTES);
    let mut published = 0_u32;
    let begin = Instant::now();
    while begin.elapsed() < span {
        raw.ask("raw", &body).await?;
        raw.answer().await?;
        anyhow::ensure!(
            raw.body.windows(5).any(|part| part == b"\"seq\""),
            "not acknowledged: {}",
            String::from_utf8_lossy(&raw.body)
        );
        published = published.saturating_add(1);
    }
    Ok(per_second(published, begin))
}
