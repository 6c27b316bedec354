//! A log that `backorder up --state` keeps, while it does not run: its server is started for one
//! command. Must not know what the command does.

use std::path::Path;

use local_nats::{LocalNats, Options};

use crate::doors::Doors;
use crate::problem::Problem;
use crate::session::Session;

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
        let nats = LocalNats::start(options).await.map_err(|error| {
            let next = "end the `backorder up` that runs there, or follow what it says";
            Problem::caused(&error.into(), "the NATS server of --state", next)
        })?;
        let mut config = session.config.clone();
        config.nats.url = nats.url();
        config.nats.nkey_seed_file = None;
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
