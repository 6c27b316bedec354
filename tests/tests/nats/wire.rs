//! A client of NATS as small as the protocol allows: what it sees is what the server sends. Knows
//! nothing of Backorder, and shares nothing with the client that the services use.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use nkeys::KeyPair;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// How long answers of many may take.
const MANY: Duration = Duration::from_millis(500);

/// What came.
#[derive(Debug, Clone)]
pub struct Message {
    pub subject: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Message {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

pub struct Client {
    stream: BufReader<TcpStream>,
    messages: VecDeque<Message>,
    /// What the server said against something.
    pub errors: Vec<String>,
    pongs: u64,
    next: u64,
}

impl Client {
    pub async fn connect(url: &str, user: Option<&KeyPair>) -> Self {
        let address = url.trim_start_matches("nats://");
        let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let server: Value = serde_json::from_str(line.strip_prefix("INFO ").unwrap()).unwrap();
        let mut connect = json!({
            "verbose": false, "pedantic": false, "headers": true, "no_responders": true,
            "lang": "wire", "version": "0", "protocol": 1, "name": "operator",
        });
        if let Some(user) = user {
            let nonce = server["nonce"].as_str().unwrap();
            connect["nkey"] = user.public_key().into();
            connect["sig"] = base64_url(&user.sign(nonce.as_bytes()).unwrap()).into();
        }
        let mut client = Self {
            stream,
            messages: VecDeque::new(),
            errors: Vec::new(),
            pongs: 0,
            next: 0,
        };
        client.send(&format!("CONNECT {connect}\r\n")).await;
        client.flush().await;
        client
    }

    async fn send(&mut self, text: &str) {
        self.stream
            .get_mut()
            .write_all(text.as_bytes())
            .await
            .unwrap();
    }

    pub async fn subscribe(&mut self, subject: &str) {
        self.next += 1;
        let id = self.next;
        self.send(&format!("SUB {subject} {id}\r\n")).await;
    }

    pub async fn publish(&mut self, subject: &str, reply: &str, body: &[u8]) {
        self.send(&format!("PUB {subject} {reply} {}\r\n", body.len()))
            .await;
        self.stream.get_mut().write_all(body).await.unwrap();
        self.send("\r\n").await;
    }

    /// Waits until the server has read all that was sent.
    pub async fn flush(&mut self) {
        self.send("PING\r\n").await;
        let wanted = self.pongs + 1;
        timeout(PATIENCE, async {
            while self.pongs < wanted {
                self.read().await;
            }
        })
        .await
        .expect("the server answers a ping");
    }

    /// The next message, if one comes in time.
    pub async fn next_within(&mut self, time: Duration) -> Option<Message> {
        let deadline = Instant::now() + time;
        while self.messages.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            timeout(left, self.read()).await.ok()?;
        }
        self.messages.pop_front()
    }

    pub async fn next(&mut self) -> Message {
        let errors = format!("{:?}", self.errors);
        self.next_within(PATIENCE)
            .await
            .unwrap_or_else(|| panic!("nothing came; {errors}"))
    }

    /// An inbox that is listened on.
    async fn inbox(&mut self) -> String {
        self.next += 1;
        let inbox = format!("_INBOX.wire.{}", self.next);
        self.subscribe(&inbox).await;
        inbox
    }

    /// Asks, and takes the first answer.
    pub async fn request(&mut self, subject: &str, body: &[u8]) -> Message {
        let inbox = self.inbox().await;
        self.publish(subject, &inbox, body).await;
        loop {
            let message = self.next().await;
            if message.subject == inbox {
                return message;
            }
        }
    }

    /// Asks all who listen.
    pub async fn request_all(&mut self, subject: &str) -> Vec<Value> {
        let inbox = self.inbox().await;
        self.publish(subject, &inbox, b"").await;
        let mut answers = Vec::new();
        while let Some(message) = self.next_within(MANY).await {
            assert_eq!(message.subject, inbox);
            // That nobody listens is said so too.
            if !message.headers.contains_key("status") {
                answers.push(message.json());
            }
        }
        answers
    }

    /// Whether the server lets this user publish there. What is published must do no harm.
    pub async fn may_publish(&mut self, subject: &str) -> bool {
        self.errors.clear();
        self.publish(subject, "", b"").await;
        self.flush().await;
        !self.is_denied("Publish", subject)
    }

    /// Whether the server lets this user listen there.
    pub async fn may_subscribe(&mut self, subject: &str) -> bool {
        self.errors.clear();
        self.subscribe(subject).await;
        self.flush().await;
        !self.is_denied("Subscription", subject)
    }

    fn is_denied(&self, what: &str, subject: &str) -> bool {
        let said = format!("Permissions Violation for {what} to \"{subject}\"").to_lowercase();
        self.errors
            .iter()
            .any(|error| error.to_lowercase().contains(&said))
    }

    /// Reads one thing that the server says.
    async fn read(&mut self) {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await.unwrap();
        assert!(
            read > 0,
            "the server has closed the connection: {:?}",
            self.errors
        );
        let line = line.trim_end();
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "PING" => self.send("PONG\r\n").await,
            "PONG" => self.pongs += 1,
            "-ERR" => self.errors.push(line.to_owned()),
            "MSG" => self.message(&words, 0).await,
            "HMSG" => self.message(&words, 1).await,
            "INFO" | "+OK" => {}
            other => panic!("the server says {other:?}"),
        }
    }

    /// `MSG subject sid [reply] bytes`, or `HMSG` with the bytes of the headers before.
    async fn message(&mut self, words: &[&str], sizes_before: usize) {
        let size = |at: usize| words[words.len() - at].parse::<usize>().unwrap();
        let mut all = vec![0; size(1) + 2];
        self.stream.read_exact(&mut all).await.unwrap();
        all.truncate(size(1));
        let body = all.split_off(if sizes_before == 1 { size(2) } else { 0 });
        let headers = String::from_utf8(all).unwrap();
        // `NATS/1.0 503 …` says in its first line that nobody listens.
        let status = headers
            .lines()
            .next()
            .and_then(|first| first.strip_prefix("NATS/1.0 "));
        let status = status.map(|status| ("status".to_owned(), status.to_owned()));
        let named = headers.lines().filter_map(|line| line.split_once(": "));
        let named = named.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.messages.push_back(Message {
            subject: words[1].to_owned(),
            headers: named.chain(status).collect(),
            body,
        });
    }
}

fn base64_url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for letter in 0..=three.len() {
            text.push(char::from(
                LETTERS[(bits >> (18 - 6 * letter)) as usize & 63],
            ));
        }
    }
    text
}
