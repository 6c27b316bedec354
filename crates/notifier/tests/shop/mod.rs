//! A notifier at work on a memory log, and the other rooms' facts, written by hand.

use std::path::Path;
use std::sync::Arc;

use api::notifier::v1 as wire;
use api::notifier::v1::notifier_service_client::NotifierServiceClient;
use backorder_notifier::module;
use chassis::{Clock, Config, Process};
use domain::decider::{Projection, Room};
use domain::event::{
    Assigned, Backordered, Customer, Effect, Event, OrderPlaced, PlacedLine, Promise, Promised,
    Settled, ShipTo, Shipped, ShippedLine,
};
use domain::ids::{Currency, Revision, Timestamp};
use domain::notifier::Notifier;
use event_log::{EventLog, MemoryLog};
use testkit::service;
use tonic::Status;
use tonic::transport::Channel;

pub const NOON: &str = "2026-11-22T12:00:00Z";

pub struct Shop {
    log: Arc<MemoryLog>,
    pub clock: Clock,
    config: Config,
    process: Option<Process>,
}

impl Shop {
    /// Opens on an empty log; `state` keeps snapshots and, without SMTP, the notices.
    pub async fn open(state: &Path, smtp_url: Option<&str>) -> Self {
        let mut config = Config::default();
        config.state.dir = Some(state.to_owned());
        config.state.snapshot_every = 1;
        config.notifier.smtp_url = smtp_url.map(str::to_owned);
        let clock = Clock::held(Timestamp::parse(NOON).unwrap());
        let mut shop = Self {
            log: Arc::new(MemoryLog::new()),
            clock,
            config,
            process: None,
        };
        shop.start().await;
        shop
    }

    pub async fn start(&mut self) {
        let log: event_log::Log = Arc::<MemoryLog>::clone(&self.log);
        let (process, _address) =
            service::start(self.config.clone(), &log, &self.clock, module).await;
        self.process = Some(process);
    }

    pub async fn stop(&mut self) {
        self.process.take().unwrap().stop().await.unwrap();
    }

    /// Another room's fact.
    pub async fn hear(&self, event: impl Into<Event>) -> Revision {
        let events = vec![event.into()];
        service::record(&*self.log, self.clock.now(), events).await
    }

    /// Whether what the notifier records is lost without a word, as on a full disk.
    pub fn silence(&self, silent: bool) {
        self.log.silence(Room::Notifier, silent);
    }

    /// Waits until the notifier has found out that the log takes no writes.
    pub async fn until_refused(&self) {
        self.until_log(false).await;
    }

    /// Waits until the notifier has found out that the log takes writes.
    pub async fn until_well(&self) {
        self.until_log(true).await;
    }

    async fn until_log(&self, well: bool) {
        let mut health = self.process.as_ref().unwrap().log_health();
        let is_so = health.wait_for(|log| log.is_well() == well);
        let bound = std::time::Duration::from_secs(20);
        tokio::time::timeout(bound, is_so).await.unwrap().unwrap();
    }

    /// Waits until all is heard and nothing is due any more, and says when something will be.
    pub async fn rest(&mut self) -> Option<Timestamp> {
        let at_least_revision = self.log.last(Notifier::HEARS).await.unwrap().0;
        let heard = wire::ListNoticesRequest {
            at_least_revision,
            ..Default::default()
        };
        self.list(heard).await.unwrap();
        // Rest is asked for at a time that begins after all was heard.
        self.clock.advance_to(self.clock.now().plus_ms(1));
        let rest = self.process.as_mut().unwrap().rest();
        let bound = std::time::Duration::from_secs(60);
        let rest = tokio::time::timeout(bound, rest).await;
        rest.expect("the notifier does not come to rest")
            .unwrap()
            .again_at
    }

    /// Lets time pass up to the next thing that is due, until nothing is.
    pub async fn play_on(&mut self) {
        while let Some(next) = self.rest().await {
            self.clock.advance_to(next);
        }
    }

    /// What the notifier itself recorded.
    pub async fn recorded(&self) -> Vec<Event> {
        let last = self.log.last(&[Room::Notifier]).await.unwrap();
        let mut events = Vec::new();
        for revision in 1..=last.0 {
            let logged = self.log.read(Revision(revision)).await.unwrap();
            if logged.room == Room::Notifier {
                events.extend(logged.commit.events.clone());
            }
        }
        events
    }

    async fn client(&self) -> NotifierServiceClient<Channel> {
        let address = self
            .process
            .as_ref()
            .unwrap()
            .address(Room::Notifier)
            .unwrap();
        NotifierServiceClient::connect(format!("http://{address}"))
            .await
            .unwrap()
    }

    pub async fn list(
        &self,
        request: wire::ListNoticesRequest,
    ) -> Result<wire::ListNoticesResponse, Status> {
        self.client()
            .await
            .list_notices(request)
            .await
            .map(tonic::Response::into_inner)
    }

    /// All notices of an order.
    pub async fn notices(&self, order: &str) -> Vec<wire::Notice> {
        let order_id = order.to_owned();
        let request = wire::ListNoticesRequest {
            order_id,
            ..Default::default()
        };
        self.list(request).await.unwrap().notices
    }
}

pub fn placed(order: &str, email: &str, quantity: u32) -> OrderPlaced {
    OrderPlaced {
        order: order.into(),
        customer: Customer {
            id: "c1".into(),
            tier: "gold".into(),
            said_tier: None,
            email: Some(email.to_owned()).filter(|email| !email.is_empty()),
            lifetime_value_minor: None,
        },
        channel: "web".into(),
        ship_to: ShipTo {
            country: "DE".into(),
            region: None,
        },
        currency: Currency::new("EUR").unwrap(),
        lines: vec![PlacedLine {
            line: 1,
            sku: "BOLT".into(),
            quantity,
            unit_price_minor: 100,
            complete_only: false,
        }],
        requested_at: None,
        placed_at: None,
        ship_complete: false,
        rest_may_go: false,
        urgency: None,
        ship_by: None,
        no_split: false,
        pick_up_at: None,
        hold: None,
        told_elsewhere: false,
    }
}

/// The order's line waits until that day.
pub fn waits(order: &str, quantity: u32, until: &str) -> Settled {
    let at = Timestamp::parse(until).unwrap();
    let backordered = Backordered {
        order: order.into(),
        line: 1,
        sku: "BOLT".into(),
        quantity,
        effective: Timestamp::default(),
        ahead: 0,
    };
    let promised = Promised {
        order: order.into(),
        line: 1,
        sku: "BOLT".into(),
        promise: Promise::Inbound {
            purchase_order: "po1".into(),
            at,
        },
        was: None,
    };
    let effects = vec![Effect::Backordered(backordered), Effect::Promised(promised)];
    Settled {
        rule: 1,
        effects,
        at_rest: true,
        sharing: Vec::new(),
        causes: Vec::new(),
        before: Vec::new(),
    }
}

pub fn assigned(order: &str, quantity: u32) -> Settled {
    let assigned = Assigned {
        order: order.into(),
        line: 1,
        sku: "BOLT".into(),
        location: "MAIN".into(),
        quantity,
        effective: Timestamp::default(),
    };
    Settled {
        rule: 1,
        effects: vec![Effect::Assigned(assigned)],
        at_rest: true,
        sharing: Vec::new(),
        causes: Vec::new(),
        before: Vec::new(),
    }
}

pub fn shipped(shipment: &str, order: &str, quantity: u32) -> Shipped {
    Shipped {
        shipment: shipment.into(),
        order: order.into(),
        location: "MAIN".into(),
        lines: vec![ShippedLine {
            line: 1,
            sku: "BOLT".into(),
            quantity,
            unplanned: 0,
        }],
        tracking: Some("1Z999".into()),
        from_others: false,
    }
}
