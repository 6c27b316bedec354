//! `edi`: what suppliers say in EDI messages is told or recorded, and orders are written as such.

mod checking;
mod ordering;
mod reading;
mod taking;
mod watching;

use clap::Subcommand;

use crate::problem::Problem;
use crate::session::Session;
use checking::Check;
use ordering::Order;
use taking::Import;
use watching::Watch;

/// Read and write EDI messages of suppliers, X12 and EDIFACT
#[derive(Debug, Subcommand)]
#[command(before_help = "\
Examples:
  backorder edi check answers.edi
  backorder edi import answers.edi --supplier acme --answer 997.edi
  backorder edi watch /srv/edi/acme --supplier acme
  backorder edi order po-7 --as edifact

docs/edi.md says which element and code becomes which fact.")]
pub(crate) enum Edi {
    Check(Check),
    Import(Import),
    Watch(Watch),
    Order(Order),
}

impl Edi {
    /// Whether no service is asked anything.
    pub const fn is_offline(&self) -> bool {
        matches!(self, Self::Check(_))
    }

    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        match self {
            Self::Check(it) => it.run(session),
            Self::Import(it) => it.run(session).await,
            Self::Watch(it) => it.run(session).await,
            Self::Order(it) => it.run(session).await,
        }
    }
}
