//! Settings, from a TOML file and the environment. Read once, at the start.
//!
//! Every key may stand in the file as `[section] key`, or in the environment as
//! `BACKORDER_SECTION_KEY`, which wins. An unknown key is an error, so a typing mistake shows.

use std::path::{Path, PathBuf};

use ::config::Config as Settings;
use anyhow::Context;
use domain::decider::Room;
use domain::ids::Zone;
use serde::Deserialize;

/// All settings of a process.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What holds for the whole cell.
    pub cell: CellConfig,
    /// The log's server.
    pub nats: Nats,
    /// What is kept on this machine.
    pub state: State,
    /// The doors.
    pub grpc: Grpc,
    /// Orders at the door.
    pub orders: OrdersConfig,
    /// Letters to customers.
    pub notifier: NotifierConfig,
    /// Log lines, spans, metrics.
    pub telemetry: Telemetry,
}

/// `[cell]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CellConfig {
    /// The time zone by which days are told, by its IANA name. Inventory records it when it
    /// starts, and every service and every later reader of the log goes by what is recorded;
    /// without it, what was recorded last, or UTC.
    pub time_zone: Option<Zone>,
}

/// `[nats]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nats {
    /// Where the servers are; several are separated by commas. `nats://127.0.0.1:4222`.
    pub url: String,
    /// The server's monitoring port, such as `http://127.0.0.1:8222`: where it says whether it puts
    /// each write on disk. Without it nobody asks.
    pub monitor_url: Option<String>,
    /// The cell: 1 to 32 of `A-Z a-z 0-9 _ -`. Its stream is `BO_<cell>`. `main`.
    pub cell: String,
    /// Replicas of the stream: 1 or 3. 1.
    pub replicas: usize,
    /// A file with the service's nkey seed; without it no credentials are sent.
    pub nkey_seed_file: Option<PathBuf>,
    /// Create the stream if it is not there. true.
    pub create: bool,
    /// Tell each event as it is recorded to whoever listens on `bo.<cell>.<room>.<type>`. true.
    pub live_feed: bool,
}

impl Default for Nats {
    fn default() -> Self {
        Self {
            url: "nats://127.0.0.1:4222".into(),
            monitor_url: None,
            cell: "main".into(),
            replicas: 1,
            nkey_seed_file: None,
            create: true,
            live_feed: true,
        }
    }
}

/// `[state]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// Where snapshots are kept, and notes of what was read of the log; without it every start
    /// replays the log, and what the log has lost meanwhile is not missed.
    pub dir: Option<PathBuf>,
    /// Commits between two snapshots of a room. 50,000. An orderly stop takes one, too, if as many
    /// or at least 1,000 came since the last.
    pub snapshot_every: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            dir: None,
            snapshot_every: 50_000,
        }
    }
}

/// `[grpc]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grpc {
    /// The address to listen on. `127.0.0.1`.
    pub host: String,
    /// Port of orders; 0 takes a free one. 7441.
    pub orders_port: u16,
    /// Port of inventory. 7442.
    pub inventory_port: u16,
    /// Port of the allocator. 7443.
    pub allocator_port: u16,
    /// Port of the notifier. 7444.
    pub notifier_port: u16,
    /// Port of the supplier-gateway. 7445.
    pub supplier_gateway_port: u16,
    /// The longest that a unary call may take, in seconds; a stream, until it begins. 60.
    pub timeout_s: u64,
    /// The same for calls that work long, such as WhatIf and PreviewRebalance. 600.
    pub long_timeout_s: u64,
}

impl Default for Grpc {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            orders_port: 7441,
            inventory_port: 7442,
            allocator_port: 7443,
            notifier_port: 7444,
            supplier_gateway_port: 7445,
            timeout_s: 60,
            long_timeout_s: 600,
        }
    }
}

impl Grpc {
    /// The port of a room's service.
    pub const fn port(&self, room: Room) -> u16 {
        match room {
            Room::Orders => self.orders_port,
            Room::Inventory => self.inventory_port,
            Room::Allocator => self.allocator_port,
            Room::Notifier => self.notifier_port,
            Room::SupplierGateway => self.supplier_gateway_port,
        }
    }

    /// The same host with any free port for each service.
    #[must_use]
    pub fn any_ports(mut self) -> Self {
        self.orders_port = 0;
        self.inventory_port = 0;
        self.allocator_port = 0;
        self.notifier_port = 0;
        self.supplier_gateway_port = 0;
        self
    }
}

/// `[orders]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrdersConfig {
    /// How many hours ago an order may say that it was placed, unless it is carried over. 24.
    pub max_backdating_hours: u32,
    /// What becomes of an order whose customer's tier the ranking rule does not name. `refuse`.
    pub unknown_tier: UnknownTier,
}

/// What becomes of an order with a tier that nobody has defined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownTier {
    /// It is refused.
    #[default]
    Refuse,
    /// It is taken as one of the tier `standard`, and the caller is told.
    Standard,
}

impl Default for OrdersConfig {
    fn default() -> Self {
        Self {
            max_backdating_hours: domain::orders::MAX_BACKDATING_HOURS,
            unknown_tier: UnknownTier::Refuse,
        }
    }
}

/// `[notifier]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotifierConfig {
    /// `smtp://user:password@host:port` or `smtps://…`. Without it letters go into `folder`. By
    /// `smtp://` letters are encrypted with STARTTLS if the server offers it, and a password never
    /// leaves without; `?tls=required` insists on it always, `?tls=none` never.
    pub smtp_url: Option<String>,
    /// Where letters are put as `.eml` files when there is no SMTP server; without it
    /// `notices` beside the state, or under the system's temporary folder.
    pub folder: Option<PathBuf>,
    /// A folder whose templates replace the built-in ones of the same name.
    pub templates: Option<PathBuf>,
    /// The sender. `orders@backorder.example`.
    pub from: String,
}

impl Default for NotifierConfig {
    fn default() -> Self {
        Self {
            smtp_url: None,
            folder: None,
            templates: None,
            from: "Backorder <orders@backorder.example>".into(),
        }
    }
}

/// `[telemetry]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// Which log lines are written, as `RUST_LOG` says it. `info`.
    pub filter: String,
    /// Log lines as JSON. false.
    pub json: bool,
    /// An OTLP collector over gRPC, such as `http://127.0.0.1:4317`. Without it, and without
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, no spans and no metrics leave by OTLP.
    pub otlp_endpoint: Option<String>,
    /// Where Prometheus may scrape `/metrics`, such as `127.0.0.1:9464`; without it, nowhere.
    pub prometheus: Option<String>,
    /// The share of new traces that are kept, 0 to 1. As `OTEL_TRACES_SAMPLER` says, else 1.
    pub sample_ratio: Option<f64>,
    /// What the process is called in spans and metrics. As `OTEL_SERVICE_NAME` says, else
    /// `backorder`, or `backorder-<service>` for a service of its own.
    pub service_name: Option<String>,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            filter: "info,async_nats=warn".into(),
            json: false,
            otlp_endpoint: None,
            prometheus: None,
            sample_ratio: None,
            service_name: None,
        }
    }
}

/// Before the section's name in the environment.
const PREFIX: &str = "BACKORDER_";
/// Names a settings file in the environment.
const FILE_VARIABLE: &str = "BACKORDER_CONFIG";

impl Config {
    /// Reads a file (the argument, else `$BACKORDER_CONFIG`, else none), then the environment.
    ///
    /// # Errors
    /// A file that cannot be read, a key that does not exist, a value of the wrong type.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let variables: Vec<(String, String)> = std::env::vars()
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        let named = variables.iter().find(|(name, _)| name == FILE_VARIABLE);
        let file = file
            .map(Path::to_path_buf)
            .or_else(|| named.map(|(_, path)| path.into()));
        let text = match &file {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("settings file {}", path.display()))?,
            None => String::new(),
        };
        let origin = file.map_or_else(|| "the environment".into(), |p| p.display().to_string());
        Self::parse(&text, &variables).with_context(|| format!("settings from {origin}"))
    }

    /// Settings from a file's text and `BACKORDER_…` variables.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(text: &str, variables: &[(String, String)]) -> anyhow::Result<Self> {
        let file: toml::Table = toml::from_str(text)?;
        let mut settings = Settings::builder().add_source(Settings::try_from(&file)?);
        for (name, value) in variables.iter().filter(|(name, _)| name != FILE_VARIABLE) {
            let path = name.strip_prefix(PREFIX).unwrap_or(name).to_lowercase();
            let (section, key) = path
                .split_once('_')
                .with_context(|| format!("{name} names no key: write {PREFIX}SECTION_KEY"))?;
            // A text: it is read as what the setting is, a number only where one is wanted.
            settings = settings.set_override(format!("{section}.{key}"), value.as_str())?;
        }
        Ok(settings.build()?.try_deserialize()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_the_file() {
        let set = [("BACKORDER_GRPC_ORDERS_PORT".into(), "9".into())];
        let config = Config::parse("[grpc]\norders_port = 8\nhost = \"::1\"", &set).unwrap();
        assert_eq!(
            (config.grpc.orders_port, config.grpc.host.as_str()),
            (9, "::1")
        );
    }

    #[test]
    fn a_text_that_reads_as_a_number_is_a_text_where_one_is_wanted() {
        let set = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
        let config = Config::parse("", &set("BACKORDER_NATS_CELL", "2026")).unwrap();
        assert_eq!(config.nats.cell, "2026");
        let config = Config::parse("", &set("BACKORDER_NATS_CELL", "true")).unwrap();
        assert_eq!(config.nats.cell, "true");
        let config = Config::parse("", &set("BACKORDER_NATS_LIVE_FEED", "false")).unwrap();
        assert!(!config.nats.live_feed);
        let error = Config::parse("", &set("BACKORDER_GRPC_ORDERS_PORT", "x")).unwrap_err();
        assert!(format!("{error:#}").contains("orders_port"), "{error:#}");
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = Config::parse("[nats]\nurll = \"x\"", &[]).unwrap_err();
        assert!(format!("{error:#}").contains("urll"), "{error:#}");
    }

    #[test]
    fn a_time_zone_is_one_of_the_database_or_an_error_with_one_that_is_near() {
        let asked = |zone: &str| {
            let set = [("BACKORDER_CELL_TIME_ZONE".into(), zone.into())];
            Config::parse("", &set).map(|config| config.cell.time_zone.unwrap())
        };
        assert_eq!(asked("europe/berlin").unwrap().name(), "Europe/Berlin");
        let error = format!("{:#}", asked("Europe/Berln").unwrap_err());
        let said = "no time zone is called Europe/Berln, but Europe/Berlin is";
        assert!(error.contains(said), "{error}");
    }

    /// The documented settings: as they stand, and with the optional ones switched on.
    const DOCUMENTED: &str = include_str!("../../../docs/settings.toml");

    #[test]
    fn the_documented_settings_are_the_defaults() {
        assert_eq!(Config::parse(DOCUMENTED, &[]).unwrap(), Config::default());
    }

    #[test]
    fn every_setting_is_documented() {
        let on: Vec<&str> = DOCUMENTED
            .lines()
            .map(|line| {
                line.strip_prefix("# ")
                    .filter(|rest| rest.contains(" = "))
                    .unwrap_or(line)
            })
            .collect();
        let all = Config::parse(&on.join("\n"), &[]).unwrap();
        let debug = format!("{all:?}");
        assert!(
            !debug.contains("None"),
            "a setting is not in docs/settings.toml: {debug}"
        );
    }
}
