//! Orders on their way over one call, answered in their order. A call that breaks is made anew, and
//! what was not answered is sent again: its number makes that safe.

use std::collections::VecDeque;

use api::orders::v1::orders_service_client::OrdersServiceClient;
use api::orders::v1::place_orders_response::Answer;
use api::orders::v1::{PlaceOrderRequest, PlaceOrderResponse, PlaceOrdersRequest};
use domain::ids::OrderId;
use futures::channel::mpsc;
use import::Purchase;
use prost::Message;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};

use super::tries::{FIRST_PAUSE, TRIES, again, may_go_by_itself};

/// What became of one order.
pub(super) type Placed = (Purchase, Result<PlaceOrderResponse, Status>);

pub(super) struct Placing {
    client: OrdersServiceClient<Channel>,
    at_once: usize,
    call: Option<Call>,
    under_way: VecDeque<(Purchase, PlaceOrderRequest)>,
}

struct Call {
    requests: mpsc::Sender<PlaceOrdersRequest>,
    answers: Streaming<api::orders::v1::PlaceOrdersResponse>,
}

impl Placing {
    /// Nothing is under way, and no more than `at_once` ever will be.
    pub fn new(client: OrdersServiceClient<Channel>, at_once: usize) -> Self {
        Self {
            client,
            at_once,
            call: None,
            under_way: VecDeque::new(),
        }
    }

    /// As many are under way as may be.
    pub fn is_full(&self) -> bool {
        self.under_way.len() >= self.at_once
    }

    /// Whether this order is under way.
    pub fn has(&self, order: &OrderId) -> bool {
        let mut orders = self.under_way.iter().map(|(purchase, _)| &purchase.order);
        orders.any(|known| known == order)
    }

    /// Sends an order, unless it is full. One that cannot be sent now is sent with the next call.
    pub fn send(&mut self, purchase: Purchase, request: PlaceOrderRequest) {
        if let Some(call) = &mut self.call
            && !call.send(&request)
        {
            self.call = None;
        }
        self.under_way.push_back((purchase, request));
    }

    /// What became of the first that is under way; nothing if none is.
    pub async fn next(&mut self) -> Option<Placed> {
        let answer = self.answer().await?;
        let (purchase, request) = self.under_way.pop_front()?;
        let retried = match answer {
            Err(status) if may_go_by_itself(&status) => {
                let client = &self.client;
                let placed = again(|| {
                    let (mut client, request) = (client.clone(), request.clone());
                    async move { client.place_order(request).await }
                });
                placed.await.map(tonic::Response::into_inner)
            }
            known => known,
        };
        Some((purchase, retried))
    }

    /// The answer to the first that is under way; why there is none, after so many calls.
    async fn answer(&mut self) -> Option<Result<PlaceOrderResponse, Status>> {
        let mut pause = FIRST_PAUSE;
        let mut tries = 0_u32;
        while !self.under_way.is_empty() {
            let failed = match self.ask().await {
                Ok(answer) => return Some(answer),
                Err(status) => status,
            };
            self.call = None;
            tries = tries.saturating_add(1);
            if tries >= TRIES {
                return Some(Err(failed));
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
        None
    }

    /// The next answer of the call, which is made if there is none.
    async fn ask(&mut self) -> Result<Result<PlaceOrderResponse, Status>, Status> {
        let call = match &mut self.call {
            Some(call) => call,
            None => {
                let (mut requests, sent) = mpsc::channel(self.at_once);
                for (_, request) in &self.under_way {
                    let request = PlaceOrdersRequest {
                        order: Some(request.clone()),
                    };
                    // The channel holds as many as may be under way.
                    let _fits = requests.try_send(request);
                }
                let answers = self.client.place_orders(sent).await?.into_inner();
                self.call.insert(Call { requests, answers })
            }
        };
        match call.answers.message().await?.map(|answer| answer.answer) {
            Some(Some(Answer::Placed(placed))) => Ok(Ok(placed)),
            Some(Some(Answer::Failed(failed))) => {
                let (code, details) = (Code::from(failed.code), failed.encode_to_vec());
                Ok(Err(Status::with_details(
                    code,
                    failed.message,
                    details.into(),
                )))
            }
            Some(None) => Err(Status::internal("an answer says nothing")),
            None => Err(Status::unavailable("the call ended")),
        }
    }
}

impl Call {
    /// Whether it could be sent.
    fn send(&mut self, request: &PlaceOrderRequest) -> bool {
        let order = Some(request.clone());
        self.requests.try_send(PlaceOrdersRequest { order }).is_ok()
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "bytes that a test has read"
)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use chassis::{Cell, Clock, Config, Process};
    use domain::decider::Room;
    use domain::event::{Commit, ItemDefined, Segment};
    use domain::ids::{Currency, CustomerId, Revision, Sku, Tier, Timestamp};
    use event_log::{Encoded, EventLog, MemoryLog};
    use import::PurchaseRow;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// So many bytes a caller may send before the connection is cut.
    const CUT_AFTER: usize = 30_000;

    fn purchase(number: u32) -> Purchase {
        Purchase {
            order: OrderId::from(format!("o{number}")),
            customer: CustomerId::from("c1"),
            tier: Tier::from("standard"),
            email: None,
            channel: "shop".to_owned(),
            country: "FR".to_owned(),
            region: None,
            currency: Currency::new("EUR").unwrap(),
            at: Timestamp::from_ms(0),
            twice: false,
            ended: None,
            rows: vec![PurchaseRow {
                row: u64::from(number),
                sku: Sku::from("BOLT"),
                description: String::new(),
                quantity: 1,
                unit_price_minor: 100,
                returned: 0,
            }],
        }
    }

    fn bolt() -> ItemDefined {
        ItemDefined {
            definition: "d1".into(),
            sku: "BOLT".into(),
            description: "Bolt".to_owned(),
            segment: Segment::StockOnly,
            replenishment: None,
            fair_share: false,
            protection: None,
            unit: None,
            step: None,
            reserve_days_before: None,
            releases_at: None,
        }
    }

    /// Passes on what comes, and cuts the first two connections after some bytes.
    async fn cutting(to: std::net::SocketAddr, cuts: Arc<AtomicU32>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut caller, _) = listener.accept().await.unwrap();
                let mut service = TcpStream::connect(to).await.unwrap();
                let cuts = Arc::clone(&cuts);
                tokio::spawn(async move {
                    if cuts.load(Ordering::Relaxed) >= 2 {
                        let _ended = tokio::io::copy_bidirectional(&mut caller, &mut service).await;
                        return;
                    }
                    let (mut passed, mut some, mut back) = (0, [0; 1_024], [0; 1_024]);
                    while passed < CUT_AFTER {
                        tokio::select! {
                            read = caller.read(&mut some) => {
                                let read = read.unwrap();
                                passed += read;
                                service.write_all(&some[..read]).await.unwrap();
                            }
                            read = service.read(&mut back) => {
                                let read = read.unwrap();
                                caller.write_all(&back[..read]).await.unwrap();
                            }
                        }
                    }
                    cuts.fetch_add(1, Ordering::Relaxed);
                });
            }
        });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn a_call_that_breaks_is_made_anew_and_every_order_is_placed_once() {
        let log = Arc::new(MemoryLog::new());
        let defined = Commit {
            as_of: Revision(0),
            at: Timestamp::from_ms(0),
            events: vec![bolt().into()],
            traces: BTreeMap::new(),
        };
        let defined = Encoded::new(&defined).unwrap();
        log.append(Room::Inventory, defined, Revision(0))
            .await
            .unwrap();
        let mut config = Config::default();
        config.grpc = config.grpc.any_ports();
        let cell = Cell::new(config, log.clone(), Clock::wall());
        let modules = vec![cluster::module(&cell, Room::Orders).unwrap()];
        let process = Process::start(cell, modules).await.unwrap();
        let cuts = Arc::new(AtomicU32::new(0));
        let address = cutting(process.address(Room::Orders).unwrap(), Arc::clone(&cuts)).await;
        let client = OrdersServiceClient::connect(address).await.unwrap();
        let mut placing = Placing::new(client, 64);
        let mut placed = Vec::new();
        for number in 0..1_000 {
            while placing.is_full() {
                placed.extend(placing.next().await);
            }
            let purchase = purchase(number);
            let request = purchase.request();
            placing.send(purchase, request);
        }
        while let Some(one) = placing.next().await {
            placed.push(one);
        }
        assert_eq!(cuts.load(Ordering::Relaxed), 2);
        for (number, (purchase, answer)) in placed.iter().enumerate() {
            assert_eq!(purchase.order.as_str(), format!("o{number}"));
            assert_eq!(answer.as_ref().unwrap().order_id, purchase.order.as_str());
        }
        assert_eq!(placed.len(), 1_000);
        process.stop().await.unwrap();
        let last = log.last(&Room::ALL).await.unwrap();
        let mut events = 0;
        for revision in 1..=last.0 {
            events += log
                .read(Revision(revision))
                .await
                .unwrap()
                .commit
                .events
                .len();
        }
        assert_eq!(events, 1_001, "each order once, and the item");
    }
}
