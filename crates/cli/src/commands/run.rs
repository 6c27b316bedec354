//! `run`: one service in this process.

use clap::Args;
use domain::decider::Room;

use crate::problem::Problem;
use crate::session::Session;

/// Run one service on a NATS server that is already running
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder run orders
  backorder run allocator --nats nats://10.0.0.7:4222
  backorder run notifier --config cell.toml")]
pub(crate) struct Run {
    /// orders, inventory, allocator, notifier or supplier-gateway
    #[arg(value_parser = super::tail::room)]
    service: Room,
}

impl Run {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let mut config = session.config.clone();
        let name = format!("backorder-{}", self.service);
        let telemetry = chassis::telemetry::start(&config.telemetry, &name);
        let _flushed_at_end = telemetry.map_err(|error| {
            Problem::caused(&error, "telemetry", "mend the section [telemetry]")
        })?;
        config.telemetry.service_name.get_or_insert(name);
        let at = event_log::shown(&config.nats.url);
        let place = format!("{}, on the log at {at}", self.service);
        chassis::run(config, |cell| {
            Ok(vec![cluster::module(cell, self.service)?])
        })
        .await
        .map_err(|error| Problem::caused(&error, &place, "`backorder check` looks at every part"))
    }
}
