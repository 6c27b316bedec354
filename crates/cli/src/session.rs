//! What every command takes and works with: the settings, the doors, the output.

use std::future::Future;
use std::path::PathBuf;

use chassis::Config;
use clap::Args;
use prost::Message;

use crate::damage::cure_of;
use crate::doors::Doors;
use crate::output::{Format, Listing, Out};
use crate::problem::{Exit, Problem};

/// The most items of one page.
const MAX_PAGE: usize = 500;
/// The most items of one listing.
const MAX_LISTED: u32 = 10_000;

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Everywhere {
    /// Output format
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub output: Format,
    /// Host of the services [default: 127.0.0.1, or BACKORDER_GRPC_HOST]
    #[arg(long, global = true, value_name = "HOST")]
    pub host: Option<String>,
    /// URL of the NATS server [default: nats://127.0.0.1:4222, or BACKORDER_NATS_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub nats: Option<String>,
    /// Settings file; BACKORDER_SECTION_KEY in the environment overrides it
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What is at hand for every command.
pub(crate) struct Session {
    pub config: Config,
    /// A server is named, so none of our own is started.
    pub names_nats: bool,
    pub doors: Doors,
    pub out: Out,
}

impl Session {
    /// Reads settings.
    pub fn open(everywhere: &Everywhere) -> Result<Self, Problem> {
        let mut config = Config::load(everywhere.config.as_deref()).map_err(|error| Problem {
            exit: Exit::Usage,
            ..Problem::caused(
                &error,
                "settings",
                "docs/settings.toml lists every key with its meaning",
            )
        })?;
        if let Some(host) = &everywhere.host {
            config.grpc.host.clone_from(host);
        }
        if let Some(nats) = &everywhere.nats {
            config.nats.url.clone_from(nats);
        }
        let names_nats =
            config.nats.url != chassis::config::Nats::default().url || everywhere.nats.is_some();
        let doors = Doors::new(config.grpc.clone());
        Ok(Self {
            config,
            names_nats,
            doors,
            out: Out(everywhere.output),
        })
    }

    /// The cell's log, to read. A command that only looks makes no stream.
    pub async fn log(&self) -> Result<event_log::Log, Problem> {
        let mut config = self.config.clone();
        config.nats.create = false;
        let place = format!("the log at {}", event_log::shown(&config.nats.url));
        let next = "start it with `backorder up`, or say where it is with --nats or \
                    BACKORDER_NATS_URL";
        chassis::open_log(&config).await.map_err(|error| Problem {
            exit: Exit::Unreachable,
            ..Problem::caused(&error, &place, next)
        })
    }

    /// The log could not be read.
    pub fn unread(&self, error: &anyhow::Error) -> Problem {
        let place = format!("the log at {}", event_log::shown(&self.config.nats.url));
        let next = cure_of(error);
        let next = next.unwrap_or("`backorder check` looks at the log and the services");
        Problem::caused(error, &place, next)
    }
}

/// How much of a listing is wanted.
#[derive(Debug, Clone, Args)]
pub(crate) struct Paging {
    /// The most items, at most 10,000
    #[arg(
        long,
        default_value_t = 50,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_LISTED))
    )]
    pub limit: u32,
    /// Go on after this page, as the listing before said
    #[arg(
        long,
        value_name = "TOKEN",
        default_value = "",
        hide_default_value = true
    )]
    pub after: String,
}

impl Paging {
    /// Asks for page after page until the limit or the end.
    pub async fn gather<M: Message, F>(
        &self,
        mut page: impl FnMut(i32, String) -> F,
    ) -> Result<Listing<M>, Problem>
    where
        F: Future<Output = Result<(Vec<M>, String, u64), Problem>>,
    {
        let limit = usize::try_from(self.limit).unwrap_or(MAX_PAGE);
        let mut listing = Listing {
            items: Vec::new(),
            next: self.after.clone(),
            revision: 0,
            totals: Vec::new(),
            again: None,
        };
        loop {
            let size = limit.saturating_sub(listing.items.len()).min(MAX_PAGE);
            let size = i32::try_from(size).unwrap_or_default();
            let (items, next, revision) = page(size, listing.next).await?;
            listing.items.extend(items);
            listing.next = next;
            listing.revision = revision;
            if listing.next.is_empty() || listing.items.len() >= limit {
                return Ok(listing);
            }
        }
    }
}
