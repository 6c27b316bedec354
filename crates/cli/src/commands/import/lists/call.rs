//! What a service is asked for what a list says, and what it answers. Must not know which list.

use std::iter::repeat_with;

use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::inventory::v1::{CountStockRequest, DefineItemRequest, ReceiveStockRequest};
use api::supplier_gateway::v1::supplier_gateway_service_client::SupplierGatewayServiceClient;
use domain::decider::Room;
use futures::StreamExt;
use import::{Left, Reason};
use tokio::sync::Semaphore;
use tonic::Status;
use tonic::transport::Channel;

use super::answered::Answered;
use super::bought::Buy;
use crate::commands::import::account::Told;
use crate::commands::import::carry::Ask;
use crate::commands::import::tries::again;

/// One call, with an id of its own: the same again answers as the first time.
#[derive(Debug, Clone)]
pub(super) enum Call {
    DefineItem(Box<DefineItemRequest>),
    CountStock(CountStockRequest),
    ReceiveStock(ReceiveStockRequest),
    Buy(Box<Buy>),
}

/// The doors that are asked.
#[derive(Clone)]
pub(super) struct Clients {
    pub(super) inventory: InventoryServiceClient<Channel>,
    pub(super) suppliers: SupplierGatewayServiceClient<Channel>,
}

impl Call {
    /// Whose door it is, and what it is called there.
    const fn door(&self) -> (Room, &'static str) {
        match self {
            Self::DefineItem(_) => (Room::Inventory, "DefineItem"),
            Self::CountStock(_) => (Room::Inventory, "CountStock"),
            Self::ReceiveStock(_) => (Room::Inventory, "ReceiveStock"),
            Self::Buy(_) => (Room::SupplierGateway, "CreatePurchaseOrder"),
        }
    }

    async fn send(self, clients: Clients, validate_only: bool) -> Result<Answered, Status> {
        let mut client = clients.inventory;
        let (revision, repeated, validated) = match self {
            Self::DefineItem(mut request) => {
                request.validate_only = validate_only;
                let answer = client.define_item(*request).await?.into_inner();
                (answer.revision, answer.repeated, answer.validated)
            }
            Self::CountStock(mut request) => {
                request.validate_only = validate_only;
                let answer = client.count_stock(request).await?.into_inner();
                (answer.revision, answer.repeated, answer.validated)
            }
            Self::ReceiveStock(mut request) => {
                request.validate_only = validate_only;
                let answer = client.receive_stock(request).await?.into_inner();
                (answer.revision, answer.repeated, answer.validated)
            }
            Self::Buy(buy) => return buy.send(clients.suppliers, validate_only).await,
        };
        Ok(Answered {
            revision,
            repeated,
            validated,
        })
    }
}

/// A row as the report names it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) row: u64,
    pub(super) document: String,
    pub(super) sku: String,
}

impl Row {
    pub(super) fn told(&self) -> Told<'_> {
        Told {
            row: self.row,
            document: &self.document,
            sku: &self.sku,
        }
    }
}

/// What is to be done about some rows.
#[derive(Debug)]
pub(super) enum Act {
    /// To ask for all of these, or for none.
    Ask(Vec<Asked>),
    /// What they say is so already.
    AsItIs(Vec<Row>),
    Leave(Vec<Row>, Reason, String),
}

/// A call, and the rows that say it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) rows: Vec<Row>,
    pub(super) call: Call,
}

impl Act {
    /// How many calls it asks for.
    pub fn calls(&self) -> usize {
        match self {
            Self::Ask(all) => all.len(),
            Self::AsItIs(_) | Self::Leave(..) => 0,
        }
    }

    /// A row that was left when the list was read.
    pub fn left(left: Left) -> Self {
        let row = Row {
            row: left.row,
            document: left.document,
            sku: left.sku,
        };
        Self::Leave(vec![row], left.reason, left.detail)
    }
}

/// What became of some rows.
#[derive(Debug)]
pub(super) enum Became {
    Readable,
    AsItIs,
    Answered((Room, &'static str), Result<Answered, Status>),
    Left(Reason, String),
}

/// Makes the calls, at most so many at once.
pub(super) struct Caller {
    clients: Clients,
    ask: Ask,
    at_once: usize,
    free: Semaphore,
}

impl Caller {
    pub fn new(clients: Clients, ask: Ask, at_once: usize) -> Self {
        Self {
            clients,
            ask,
            at_once,
            free: Semaphore::new(at_once),
        }
    }

    pub const fn at_once(&self) -> usize {
        self.at_once
    }

    /// Does it, and tells what became of which rows.
    pub async fn carry_out(&self, act: Act) -> Vec<(Vec<Row>, Became)> {
        match act {
            Act::Ask(all) if self.ask == Ask::Nobody => {
                let rows = all.into_iter().map(|asked| asked.rows);
                rows.map(|rows| (rows, Became::Readable)).collect()
            }
            Act::Ask(all) => self.ask_for(all).await,
            Act::AsItIs(rows) => vec![(rows, Became::AsItIs)],
            Act::Leave(rows, reason, detail) => vec![(rows, Became::Left(reason, detail))],
        }
    }

    /// Of several, every one is validated before the first is recorded. One that is refused all the
    /// same, since stock moved in between, is told; the rest has come then.
    async fn ask_for(&self, all: Vec<Asked>) -> Vec<(Vec<Row>, Became)> {
        let mut answers = Vec::new();
        if all.len() > 1 || self.ask == Ask::ToValidate {
            let validated = all.iter().map(|asked| self.send(asked, true));
            answers = self.in_order(validated).await;
            let refused = answers.iter().zip(&all).find(|(answer, _)| answer.is_err());
            if let Some(row) = refused.and_then(|(_, asked)| asked.rows.first()) {
                let why = format!("row {} cannot be taken, and all comes or none", row.row);
                let left = all.into_iter().zip(answers).map(|(asked, answer)| {
                    let became = match answer {
                        Ok(_) => Became::Left(Reason::OrderIncomplete, why.clone()),
                        Err(_) => Became::Answered(asked.call.door(), answer),
                    };
                    (asked.rows, became)
                });
                return left.collect();
            }
        }
        if self.ask == Ask::ToRecord {
            let validated = answers.into_iter().map(Some).chain(repeat_with(|| None));
            let sent = all
                .iter()
                .zip(validated)
                .map(|(asked, validated)| async move {
                    match validated {
                        Some(Ok(answer)) if answer.repeated => Ok(answer),
                        Some(_) | None => self.send(asked, false).await,
                    }
                });
            answers = self.in_order(sent).await;
        }
        let answered = all.into_iter().zip(answers).map(|(asked, answer)| {
            let became = Became::Answered(asked.call.door(), answer);
            (asked.rows, became)
        });
        answered.collect()
    }

    /// Makes a call, as soon as one may be made.
    async fn send(&self, asked: &Asked, validate_only: bool) -> Result<Answered, Status> {
        // It is never closed, so that there is a permit in the end.
        let _permit = self.free.acquire().await;
        again(|| asked.call.clone().send(self.clients.clone(), validate_only)).await
    }

    /// The answers in the order of the calls.
    async fn in_order(
        &self,
        calls: impl Iterator<Item = impl Future<Output = Result<Answered, Status>>>,
    ) -> Vec<Result<Answered, Status>> {
        let calls = futures::stream::iter(calls);
        calls.buffered(self.at_once).collect().await
    }
}
