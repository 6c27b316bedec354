//! The doors of the supplier-gateway: each call reads its request, asks the room, and answers.

use api::supplier_gateway::v1;
use api::supplier_gateway::v1::supplier_gateway_service_server::{
    SupplierGatewayService, SupplierGatewayServiceServer,
};
use chassis::{Host, MAX_REQUEST_BYTES, refused};
use domain::decider::Projection;
use domain::ids::Revision;
use domain::supplier_gateway::{MAX_PAGE, Page, SupplierGateway};
use tonic::{Request, Response, Status};

use crate::purchase::Asked;
use crate::{answer, purchase, request, terms, timeline};

/// The gRPC service over a room.
pub fn service(host: Host<SupplierGateway>) -> SupplierGatewayServiceServer<Service> {
    SupplierGatewayServiceServer::new(Service { host }).max_decoding_message_size(MAX_REQUEST_BYTES)
}

/// What the doors share.
pub struct Service {
    host: Host<SupplierGateway>,
}

impl Service {
    /// Reads the state, once it holds a revision, with the revision that it stands at.
    async fn ask<T>(
        &self,
        at_least: u64,
        read: impl FnOnce(&SupplierGateway) -> T,
    ) -> Result<(T, u64), Status> {
        self.host.query(Revision(at_least), |_| ()).await?;
        Ok(self
            .host
            .read_at(|gateway, revision| (read(gateway), revision.0)))
    }
}

/// The token of the page after this one: the last id, if there is more.
fn next_token<T>(page: &Page<&T>, id: impl Fn(&T) -> String) -> String {
    let last = page.entries.last().filter(|_| page.more);
    last.map(|last| id(last)).unwrap_or_default()
}

#[tonic::async_trait]
impl SupplierGatewayService for Service {
    async fn define_supplier(
        &self,
        request: Request<v1::DefineSupplierRequest>,
    ) -> Result<Response<v1::DefineSupplierResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let command = request::define_supplier(request)?;
        let definition_id = command.0.definition.to_string();
        self.host.reach(at_least).await?;
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::DefineSupplierResponse {
            definition_id,
            revision: answer.revision.0,
            repeated: answer.repeated,
        }))
    }

    async fn define_supplier_item(
        &self,
        request: Request<v1::DefineSupplierItemRequest>,
    ) -> Result<Response<v1::DefineSupplierItemResponse>, Status> {
        let request = request.into_inner();
        let validated = request.validate_only;
        // An id that was made for what was only validated is nobody's.
        let is_told = !validated || !request.definition_id.is_empty();
        let at_least = Revision(request.at_least_revision);
        let command = terms::define(request)?;
        let definition_id = command.0.definition.to_string();
        self.host.reach(at_least).await?;
        let answer = self.host.carry_out(command, validated).await?;
        Ok(Response::new(v1::DefineSupplierItemResponse {
            definition_id: if is_told {
                definition_id
            } else {
                String::new()
            },
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
        }))
    }

    async fn list_supplier_items(
        &self,
        request: Request<v1::ListSupplierItemsRequest>,
    ) -> Result<Response<v1::ListSupplierItemsResponse>, Status> {
        let request = request.into_inner();
        let asked = terms::asked(&request)?;
        let read = |gateway: &SupplierGateway| {
            let of = (asked.supplier.as_ref(), asked.sku.as_ref());
            let found = gateway.supplier_items(of, asked.after.as_ref(), asked.size);
            let next = next_token(&found, terms::token);
            let items = found.entries.into_iter().map(terms::told).collect();
            (items, next)
        };
        let ((items, next_page_token), revision) =
            self.ask(request.at_least_revision, read).await?;
        Ok(Response::new(v1::ListSupplierItemsResponse {
            items,
            next_page_token,
            revision,
        }))
    }

    async fn create_purchase_order(
        &self,
        request: Request<v1::CreatePurchaseOrderRequest>,
    ) -> Result<Response<v1::CreatePurchaseOrderResponse>, Status> {
        let request = request.into_inner();
        let command = purchase::create(&request)?;
        let validated = request.validate_only;
        self.host.reach(Revision(request.at_least_revision)).await?;
        let answer = self.host.carry_out(command, validated).await?;
        Ok(Response::new(v1::CreatePurchaseOrderResponse {
            purchase_order_id: request.purchase_order_id,
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
        }))
    }

    async fn record_supplier_message(
        &self,
        request: Request<v1::RecordSupplierMessageRequest>,
    ) -> Result<Response<v1::RecordSupplierMessageResponse>, Status> {
        let request = request.into_inner();
        let validated = request.validate_only;
        // An id that was made for a message that was only validated is nobody's.
        let is_told = !validated || !request.message_id.is_empty();
        let at_least = Revision(request.at_least_revision);
        let asked = purchase::message(request)?;
        let message_id = asked.message().to_string();
        self.host.reach(at_least).await?;
        let answer = match asked {
            Asked::Hear(hear) => self.host.carry_out(*hear, validated).await?,
            Asked::Close(close) => self.host.carry_out(close, validated).await?,
        };
        Ok(Response::new(v1::RecordSupplierMessageResponse {
            message_id: if is_told { message_id } else { String::new() },
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
        }))
    }

    async fn list_suppliers(
        &self,
        request: Request<v1::ListSuppliersRequest>,
    ) -> Result<Response<v1::ListSuppliersResponse>, Status> {
        let request = request.into_inner();
        let page = request::suppliers(&request)?;
        let read = |gateway: &SupplierGateway| {
            let found = gateway.suppliers(page.after.as_ref(), page.size);
            let next = next_token(&found, |last| last.supplier.to_string());
            let suppliers = found.entries.into_iter().map(answer::supplier).collect();
            let undefined = gateway.undefined_suppliers().take(MAX_PAGE);
            let undefined = undefined.map(|(id, requests)| v1::UndefinedSupplier {
                supplier_id: id.to_string(),
                requisitions: u32::try_from(requests).unwrap_or(u32::MAX),
            });
            (suppliers, next, undefined.collect())
        };
        let ((suppliers, next_page_token, undefined_suppliers), revision) =
            self.ask(request.at_least_revision, read).await?;
        Ok(Response::new(v1::ListSuppliersResponse {
            suppliers,
            next_page_token,
            revision,
            undefined_suppliers,
        }))
    }

    async fn list_purchase_orders(
        &self,
        request: Request<v1::ListPurchaseOrdersRequest>,
    ) -> Result<Response<v1::ListPurchaseOrdersResponse>, Status> {
        let request = request.into_inner();
        let (filter, page) = request::purchase_orders(&request)?;
        let read = |gateway: &SupplierGateway| {
            let found = gateway.purchase_orders(&filter, page.after.as_ref(), page.size);
            let next = next_token(&found, |last| last.purchase_order.to_string());
            (
                found
                    .entries
                    .into_iter()
                    .map(|order| answer::purchase_order(order, gateway.renamed()))
                    .collect(),
                next,
            )
        };
        let ((purchase_orders, next_page_token), revision) =
            self.ask(request.at_least_revision, read).await?;
        Ok(Response::new(v1::ListPurchaseOrdersResponse {
            purchase_orders,
            next_page_token,
            revision,
        }))
    }

    async fn get_purchase_order(
        &self,
        request: Request<v1::GetPurchaseOrderRequest>,
    ) -> Result<Response<v1::GetPurchaseOrderResponse>, Status> {
        let request = request.into_inner();
        let id = request::purchase_order_id(&request.purchase_order_id)?;
        let read = |gateway: &SupplierGateway| {
            let order = gateway
                .purchase_order(&id)
                .map_err(|refusal| refused(&refusal))?;
            let mut answer = answer::purchase_order(order, gateway.renamed());
            answer.dispatches = order.dispatches.iter().map(answer::dispatch).collect();
            Ok::<_, Status>((answer, order.said.clone(), gateway.time_zone().clone()))
        };
        let (found, revision) = self.ask(request.at_least_revision, read).await?;
        let (mut purchase_order, said, zone) = found?;
        purchase_order.messages = timeline::told(self.host.log(), &said, &zone).await?;
        Ok(Response::new(v1::GetPurchaseOrderResponse {
            purchase_order: Some(purchase_order),
            revision,
        }))
    }
}
