//! The doors of inventory: each call reads its request, asks the room, and answers.

use api::inventory::v1;
use api::inventory::v1::inventory_service_server::{InventoryService, InventoryServiceServer};
use api::inventory::v1::receive_stocks_response::Answer;
use chassis::wire::{missing, page_size};
use chassis::{Host, MAX_REQUEST_BYTES, Many, TransactError, Watchers, as_message, refused};
use domain::available::Asker;
use domain::command::RoomState;
use domain::decider::Projection;
use domain::ids::{LocationId, Revision, Sku};
use domain::inventory::{Inventory, InventoryRefusal, Item, Stock};
use futures::StreamExt;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use crate::watch::Watched;
use crate::{answer, goods, request};

/// A page of items ends once it tells of so many counts at locations, whatever size was asked
/// for: so it stays below the 4 MB that a client takes at once.
const MAX_PAGE_ROWS: usize = 5_000;

/// The gRPC service over a room.
pub fn service(host: Host<Inventory>) -> InventoryServiceServer<Service> {
    let watchers = Watchers::default();
    let many = Many::default();
    InventoryServiceServer::new(Service {
        host,
        watchers,
        many,
    })
    .max_decoding_message_size(MAX_REQUEST_BYTES)
}

/// What the doors share.
#[derive(Clone)]
pub struct Service {
    host: Host<Inventory>,
    watchers: Watchers,
    many: Many,
}

impl Service {
    async fn receive(
        &self,
        request: v1::ReceiveStockRequest,
    ) -> Result<v1::ReceiveStockResponse, Status> {
        let command = request::receive_stock(&request)?;
        let validated = request.validate_only;
        let is_told = !validated || !request.receipt_id.is_empty();
        let receipt = command.0.receipt.clone();
        self.host.reach(Revision(request.at_least_revision)).await?;
        let answer = self.host.carry_out(command, validated).await?;
        Ok(v1::ReceiveStockResponse {
            receipt_id: named(&receipt, is_told),
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
        })
    }

    async fn reach(&self, at_least: u64) -> Result<(), Status> {
        Ok(self.host.query(Revision(at_least), |_| ()).await?)
    }
}

/// An id; one that was made for a command that was only validated is nobody's.
fn named(id: &impl ToString, is_told: bool) -> String {
    if is_told {
        id.to_string()
    } else {
        String::new()
    }
}

fn unknown(sku: &Sku) -> Status {
    refused(&InventoryRefusal::UnknownSku { sku: sku.clone() })
}

fn look(inventory: &Inventory, sku: &Sku, asker: &Asker) -> Option<v1::Stock> {
    let stock = inventory.stock(sku)?;
    Some(answer::stock(inventory, sku, stock.item()?, stock, asker))
}

/// The SKUs of these items as they are called now, each once; by SKU.
fn called_now(inventory: &Inventory, skus: &[Sku]) -> Vec<Sku> {
    let mut skus: Vec<Sku> = skus
        .iter()
        .map(|sku| inventory.renamed().now(sku).clone())
        .collect();
    skus.sort();
    skus.dedup();
    skus
}

/// The SKUs that are named, or all, after one of them; by SKU.
fn listed<'a>(
    inventory: &'a Inventory,
    named: Option<&'a [Sku]>,
    after: Option<&'a Sku>,
) -> Box<dyn Iterator<Item = (&'a Sku, &'a Stock)> + 'a> {
    match named {
        Some(skus) => {
            let rest = skus
                .iter()
                .filter(move |sku| after.is_none_or(|after| *sku > after));
            Box::new(rest.filter_map(|sku| Some((sku, inventory.stock(sku)?))))
        }
        None => Box::new(inventory.list(after)),
    }
}

#[tonic::async_trait]
impl InventoryService for Service {
    async fn define_item(
        &self,
        request: Request<v1::DefineItemRequest>,
    ) -> Result<Response<v1::DefineItemResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let validated = request.validate_only;
        let is_told = !validated || !request.definition_id.is_empty();
        let command = request::define_item(request)?;
        let definition = command.0.definition.clone();
        self.host.reach(at_least).await?;
        let answer = self.host.carry_out(command, validated).await?;
        Ok(Response::new(v1::DefineItemResponse {
            definition_id: named(&definition, is_told),
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
        }))
    }

    async fn rename_item(
        &self,
        request: Request<v1::RenameItemRequest>,
    ) -> Result<Response<v1::RenameItemResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let validated = request.validate_only;
        let is_told = !validated || !request.renaming_id.is_empty();
        let command = request::rename_item(request)?;
        let renaming = command.0.renaming.clone();
        self.host.reach(at_least).await?;
        let answer = self.host.carry_out(command, validated).await?;
        Ok(Response::new(v1::RenameItemResponse {
            renaming_id: named(&renaming, is_told),
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
        }))
    }

    async fn define_location(
        &self,
        request: Request<v1::DefineLocationRequest>,
    ) -> Result<Response<v1::DefineLocationResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let command = request::define_location(request)?;
        let definition_id = command.0.definition.to_string();
        self.host.reach(at_least).await?;
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::DefineLocationResponse {
            definition_id,
            revision: answer.revision.0,
            repeated: answer.repeated,
        }))
    }

    async fn receive_stock(
        &self,
        request: Request<v1::ReceiveStockRequest>,
    ) -> Result<Response<v1::ReceiveStockResponse>, Status> {
        Ok(Response::new(self.receive(request.into_inner()).await?))
    }

    type ReceiveStocksStream = BoxStream<'static, Result<v1::ReceiveStocksResponse, Status>>;

    async fn receive_stocks(
        &self,
        request: Request<Streaming<v1::ReceiveStocksRequest>>,
    ) -> Result<Response<Self::ReceiveStocksStream>, Status> {
        let service = self.clone();
        let answers = self.many.answer(request.into_inner(), move |request| {
            let service = service.clone();
            async move {
                let received = match request.receipt {
                    Some(receipt) => service.receive(receipt).await,
                    None => Err(missing("receipt", "give a receipt in each request")),
                };
                let answer = match received {
                    Ok(received) => Answer::Received(received),
                    Err(status) => Answer::Failed(as_message(&status)),
                };
                v1::ReceiveStocksResponse {
                    answer: Some(answer),
                }
            }
        });
        Ok(Response::new(answers))
    }

    async fn adjust_stock(
        &self,
        request: Request<v1::AdjustStockRequest>,
    ) -> Result<Response<v1::AdjustStockResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let command = request::adjust_stock(request)?;
        let adjustment_id = command.0.adjustment.to_string();
        self.host.reach(at_least).await?;
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::AdjustStockResponse {
            adjustment_id,
            revision: answer.revision.0,
            repeated: answer.repeated,
        }))
    }

    async fn release_wave(
        &self,
        request: Request<v1::ReleaseWaveRequest>,
    ) -> Result<Response<v1::ReleaseWaveResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let command = request::release_wave(&request)?;
        let id = command.wave.clone();
        self.host.reach(at_least).await?;
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::ReleaseWaveResponse {
            wave_id: id.to_string(),
            revision: answer.revision.0,
            repeated: answer.repeated,
            lines: goods::released(&answer),
        }))
    }

    async fn get_pick_list(
        &self,
        request: Request<v1::GetPickListRequest>,
    ) -> Result<Response<v1::GetPickListResponse>, Status> {
        let request = request.into_inner();
        let wave = request::wave(&request.wave_id)?;
        self.reach(request.at_least_revision).await?;
        let lines = self.host.read_at(|inventory, revision| {
            let picks = inventory.pick_list(&wave);
            let lines = picks.iter().map(|pick| answer::pick(inventory, pick));
            v1::GetPickListResponse {
                lines: lines.collect(),
                revision: revision.0,
            }
        });
        if lines.lines.is_empty() {
            let of = format!("wave {wave}");
            return Err(refused(&InventoryRefusal::NothingOnFloor { of }));
        }
        Ok(Response::new(lines))
    }

    async fn confirm_shipment(
        &self,
        request: Request<v1::ConfirmShipmentRequest>,
    ) -> Result<Response<v1::ConfirmShipmentResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let command = request::confirm_shipment(request)?;
        let id = command.0.shipment.clone();
        self.host.reach(at_least).await?;
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::ConfirmShipmentResponse {
            shipment_id: id.to_string(),
            revision: answer.revision.0,
            repeated: answer.repeated,
            unplanned: goods::unplanned(&answer),
        }))
    }

    async fn count_stock(
        &self,
        request: Request<v1::CountStockRequest>,
    ) -> Result<Response<v1::CountStockResponse>, Status> {
        let request = request.into_inner();
        let validated = request.validate_only;
        let is_told = !validated || !request.count_id.is_empty();
        let mut command = goods::count_stock(&request)?;
        let id = command.asked.count.clone();
        self.host.reach(Revision(request.at_least_revision)).await?;
        command.then = goods::then(&self.host, &command.asked).await?;
        let answer = self.host.carry_out(command, validated).await?;
        Ok(Response::new(v1::CountStockResponse {
            count_id: named(&id, is_told),
            revision: answer.revision.0,
            repeated: answer.repeated,
            changes: goods::changes(&answer),
            validated,
        }))
    }

    async fn move_stock(
        &self,
        request: Request<v1::MoveStockRequest>,
    ) -> Result<Response<v1::MoveStockResponse>, Status> {
        let request = request.into_inner();
        let command = goods::move_stock(&request)?;
        let id = command.id.clone();
        self.host.reach(Revision(request.at_least_revision)).await?;
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::MoveStockResponse {
            move_id: id.to_string(),
            revision: answer.revision.0,
            repeated: answer.repeated,
            owners: goods::owners(&answer),
        }))
    }

    async fn receive_move(
        &self,
        request: Request<v1::ReceiveMoveRequest>,
    ) -> Result<Response<v1::ReceiveMoveResponse>, Status> {
        let request = request.into_inner();
        let validated = request.validate_only;
        let is_told = !validated || !request.receipt_id.is_empty();
        let command = goods::receive_move(&request)?;
        let id = command.receipt.clone();
        self.host.reach(Revision(request.at_least_revision)).await?;
        let answer = self.host.carry_out(command, validated).await?;
        Ok(Response::new(v1::ReceiveMoveResponse {
            receipt_id: named(&id, is_told),
            revision: answer.revision.0,
            repeated: answer.repeated,
            lines: goods::arrived(&answer),
            owners: goods::arrived_owners(&answer),
            validated,
        }))
    }

    async fn recall_wave(
        &self,
        request: Request<v1::RecallWaveRequest>,
    ) -> Result<Response<v1::RecallWaveResponse>, Status> {
        let request = request.into_inner();
        let command = goods::recall_wave(&request)?;
        let id = command.recall.clone();
        self.host.reach(Revision(request.at_least_revision)).await?;
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::RecallWaveResponse {
            recall_id: id.to_string(),
            revision: answer.revision.0,
            repeated: answer.repeated,
            lines: goods::recalled(&answer),
        }))
    }

    async fn report_short_pick(
        &self,
        request: Request<v1::ReportShortPickRequest>,
    ) -> Result<Response<v1::ReportShortPickResponse>, Status> {
        let request = request.into_inner();
        let mut command = goods::report_short_pick(&request)?;
        let id = command.report.clone();
        self.host.reach(Revision(request.at_least_revision)).await?;
        command.skus = self
            .host
            .read(|inventory| inventory.skus_of(&command.order));
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::ReportShortPickResponse {
            report_id: id.to_string(),
            revision: answer.revision.0,
            repeated: answer.repeated,
            lines: goods::missing(&answer),
        }))
    }

    async fn return_goods(
        &self,
        request: Request<v1::ReturnGoodsRequest>,
    ) -> Result<Response<v1::ReturnGoodsResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let mut command = goods::return_goods(request)?;
        let return_id = command.id.to_string();
        self.host.reach(at_least).await?;
        command.skus = self
            .host
            .read(|inventory| inventory.skus_of(&command.order));
        command.left = goods::left(&self.host, &command.order).await?;
        let answer = match self.host.transact(command.clone()).await {
            // It closed between what was read and what was decided.
            Err(TransactError::Refused(InventoryRefusal::UnknownOrder { .. }))
                if command.left.is_empty() =>
            {
                command.left = goods::left(&self.host, &command.order).await?;
                self.host.transact(command).await?
            }
            answer => answer?,
        };
        Ok(Response::new(v1::ReturnGoodsResponse {
            return_id,
            revision: answer.revision.0,
            repeated: answer.repeated,
        }))
    }

    async fn get_stock(
        &self,
        request: Request<v1::GetStockRequest>,
    ) -> Result<Response<v1::GetStockResponse>, Status> {
        let request = request.into_inner();
        let sku = request::sku(&request.sku)?;
        let asker = request::asker(request.channel, &request.tier)?;
        self.reach(request.at_least_revision).await?;
        let found = self.host.read_at(|inventory, revision| {
            Some(v1::GetStockResponse {
                stock: Some(look(inventory, &sku, &asker)?),
                revision: revision.0,
            })
        });
        Ok(Response::new(found.ok_or_else(|| unknown(&sku))?))
    }

    async fn list_stock(
        &self,
        request: Request<v1::ListStockRequest>,
    ) -> Result<Response<v1::ListStockResponse>, Status> {
        let request = request.into_inner();
        let after = request::after_sku(&request.page_token)?;
        let size = page_size(request.page_size)?;
        let named = request::listed(&request.skus)?;
        let asker = request::asker(request.channel, &request.tier)?;
        self.reach(request.at_least_revision).await?;
        Ok(Response::new(self.host.read_at(|inventory, revision| {
            let named = named.as_ref().map(|skus| called_now(inventory, skus));
            let is_wanted = |item: &Item| !request.measured || !item.measure.is_plain();
            let mut items = listed(inventory, named.as_deref(), after.as_ref())
                .filter_map(|(sku, stock)| Some((sku, stock.item()?, stock)))
                .filter(|(_, item, _)| is_wanted(item));
            let (mut page, mut rows) = (Vec::new(), 0_usize);
            while page.len() < size && rows < MAX_PAGE_ROWS {
                let Some(next) = items.next() else { break };
                rows = rows.saturating_add(next.2.places().len());
                rows = rows.saturating_add(next.2.travelling().len());
                page.push(next);
            }
            let last = page.last().filter(|_| items.next().is_some());
            v1::ListStockResponse {
                stocks: page
                    .iter()
                    .map(|(sku, item, stock)| answer::stock(inventory, sku, item, stock, &asker))
                    .collect(),
                next_page_token: last.map(|(sku, ..)| sku.to_string()).unwrap_or_default(),
                revision: revision.0,
            }
        })))
    }

    type WatchStockStream = BoxStream<'static, Result<v1::WatchStockResponse, Status>>;

    async fn watch_stock(
        &self,
        request: Request<v1::WatchStockRequest>,
    ) -> Result<Response<Self::WatchStockStream>, Status> {
        let connection = request.remote_addr();
        let request = request.into_inner();
        let skus = request::watched(&request.skus)?;
        let asker = request::asker(request.channel, &request.tier)?;
        self.reach(request.at_least_revision).await?;
        let missing = self.host.read(|inventory| {
            let is_item = |sku: &Sku| inventory.stock(sku).is_some_and(|s| s.item().is_some());
            skus.iter().find(|sku| !is_item(sku)).cloned()
        });
        if let Some(sku) = missing {
            return Err(unknown(&sku));
        }
        let mut watched = Watched::new(skus, asker);
        let look =
            move |inventory: &RoomState<Inventory>, revision| watched.look(inventory, revision);
        let stream = self.watchers.watch(&self.host, connection, look)?;
        Ok(Response::new(stream.boxed()))
    }

    async fn list_locations(
        &self,
        request: Request<v1::ListLocationsRequest>,
    ) -> Result<Response<v1::ListLocationsResponse>, Status> {
        let request = request.into_inner();
        let after = request::after_location(&request.page_token)?;
        let size = page_size(request.page_size)?;
        self.reach(request.at_least_revision).await?;
        Ok(Response::new(self.host.read_at(|inventory, revision| {
            let mut places = inventory.locations(after.as_ref());
            let page: Vec<_> = places.by_ref().take(size).collect();
            let last = page.last().filter(|_| places.next().is_some());
            v1::ListLocationsResponse {
                locations: page
                    .iter()
                    .map(|(id, location)| answer::location(id, location))
                    .collect(),
                next_page_token: last
                    .map(|(id, _)| LocationId::to_string(id))
                    .unwrap_or_default(),
                revision: revision.0,
                time_zone: inventory.time_zone().to_string(),
            }
        })))
    }
}
