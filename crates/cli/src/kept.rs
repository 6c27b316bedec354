//! A log that `backorder up --state` keeps, while it does not run: its server is started for one
//! command, with the users that `up` gives it. Must not know what the command does.

use std::path::Path;

use local_nats::{LocalNats, Options};

use crate::doors::Doors;
use crate::problem::Problem;
use crate::session::Session;
use crate::users;

/// The server of a folder, and a session with it.
pub(crate) struct Kept {
    nats: LocalNats,
    pub session: Session,
}

impl Kept {
    /// Starts the server of a folder that `backorder up --state` was given.
    pub async fn start(state: &Path, session: &Session) -> Result<Self, Problem> {
        let options = Options {
            dir: Some(state.join("nats")),
            ..Options::default()
        };
        let nats = users::start(options, &session.config.nats.cell).await;
        let (nats, seed) = nats.map_err(|error| {
            let next = "end the `backorder up` that runs there, or follow what it says";
            Problem::caused(&error, "the NATS server of --state", next)
        })?;
        let mut config = session.config.clone();
        config.nats.url = nats.url();
        config.nats.nkey_seed_file = Some(seed);
        config.state.dir = Some(state.to_owned());
        let session = Session {
            doors: Doors::new(config.grpc.clone()),
            names_nats: true,
            out: session.out,
            config,
        };
        Ok(Self { nats, session })
    }

    /// Ends the server in order.
    pub async fn end(self) {
        if let Err(error) = self.nats.stop().await {
            eprintln!("the server did not end in order: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpStream;

    use super::*;
    use crate::output::Format;
    use crate::session::Everywhere;

    /// What a server says to one who has no key and publishes on a subject.
    fn tell(nats: &str, subject: &str) -> String {
        let mut server = TcpStream::connect(nats.trim_start_matches("nats://")).unwrap();
        let said = format!("CONNECT {{\"verbose\":false}}\r\nPUB {subject} 2\r\n{{}}\r\nPING\r\n");
        server.write_all(said.as_bytes()).unwrap();
        let lines = BufReader::new(server).lines().map(Result::unwrap);
        let heard: Vec<String> = lines.take_while(|line| line != "PONG").collect();
        heard.join("\n")
    }

    #[tokio::test]
    async fn while_a_kept_log_is_open_nobody_else_writes_on_it() {
        let dir = tempfile::tempdir().unwrap();
        let session = Session::open(&Everywhere {
            output: Format::Table,
            host: None,
            nats: None,
            config: None,
        });
        let kept = Kept::start(dir.path(), &session.unwrap()).await.unwrap();
        // Its owner may do anything.
        let mut settings = chassis::log_settings(&kept.session.config);
        settings.create = true;
        event_log::JetStreamLog::open(settings).await.unwrap();
        let nats = &kept.session.config.nats.url;
        for subject in [
            "bo.main.inventory",
            "bo.main.quarantine",
            "$JS.API.STREAM.DELETE.BO_main",
            "$JS.API.STREAM.PURGE.BO_main",
        ] {
            let told = tell(nats, subject);
            let refused = "Permissions Violation for Publish";
            assert!(told.contains(refused), "{subject}: {told}");
        }
        let told = tell(nats, "$JS.API.STREAM.INFO.BO_main");
        assert!(!told.contains("Permissions Violation"), "{told}");
        kept.end().await;
    }
}
