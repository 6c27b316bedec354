//! Bad input at every door: a clear no with its reason, and nothing recorded. What is only
//! strange, but printable, is a key like any other.

use api::allocator::v1::GetQueueRequest;
use api::orders::v1::ListOrdersRequest;
use tonic::{Code, Response, Status};

use crate::cluster::Cluster;
use crate::shop::{self, Shop};

mod inventory;
mod orders;
mod others;

/// What was asked, the code and the reason that are due, and what came.
struct No {
    what: String,
    due: (Code, &'static str),
    came: Option<Status>,
}

#[derive(Default)]
struct Noes(Vec<No>);

impl Noes {
    fn invalid<T>(&mut self, what: &str, why: &'static str, came: Result<Response<T>, Status>) {
        self.say(what, (Code::InvalidArgument, why), came.err());
    }

    fn unknown<T>(&mut self, what: &str, why: &'static str, came: Result<Response<T>, Status>) {
        self.say(what, (Code::NotFound, why), came.err());
    }

    /// The request is in form, and comes at the wrong time.
    fn untimely<T>(&mut self, what: &str, why: &'static str, came: Result<Response<T>, Status>) {
        self.say(what, (Code::FailedPrecondition, why), came.err());
    }

    fn say(&mut self, what: &str, due: (Code, &'static str), came: Option<Status>) {
        let what = what.to_owned();
        self.0.push(No { what, due, came });
    }

    fn check(&self) {
        assert!(self.0.len() > 90, "{} is not every door", self.0.len());
        for No { what, due, came } in &self.0 {
            let status = came.as_ref().unwrap_or_else(|| panic!("{what} was let in"));
            let said = (status.code(), shop::reason(status));
            assert_eq!(said, (due.0, due.1.to_owned()), "{what}: {status:?}");
            let (problem, remedy) = status.message().split_once("; ").unwrap_or_default();
            assert!(
                !problem.is_empty() && !remedy.is_empty(),
                "{what}: {status:?}"
            );
        }
    }
}

/// Texts that are no key.
fn no_keys() -> [String; 7] {
    [
        "x".repeat(129),
        "x".repeat(10 * 1024),
        "a\nb".to_owned(),
        "a\0b".to_owned(),
        "\u{85}".to_owned(),
        "BO\u{200B}LT".to_owned(),
        "\u{202E}TLOB".to_owned(),
    ]
}

/// Orders in two states for the doors to say no about.
async fn furnished(cluster: &Cluster) -> Shop {
    let shop = Shop::furnished(cluster, &[("BOLT", 1_000_000), ("LENS", 1_000_000)]).await;
    let mut client = shop.orders.clone();
    for id in ["known", "over"] {
        let placed = shop::waiting(shop::order(id, &[("LENS", 1)]));
        client.place_order(placed).await.unwrap();
    }
    let cancellation = shop::cancellation("c", "over");
    client.cancel_order(cancellation).await.unwrap();
    shop.order_once("over", |order| order.closed).await;
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_gets_a_clear_no_at_every_door_and_records_nothing() {
    let cluster = Cluster::start().await;
    let shop = furnished(&cluster).await;
    cluster.at_rest().await;
    let last = cluster.last().await;
    let mut noes = Noes::default();
    orders::say_no_to_an_order(&shop, &mut noes).await;
    orders::say_no_to_its_numbers(&shop, &mut noes).await;
    orders::say_no_to_the_rest(&shop, &mut noes).await;
    inventory::says_no_to_a_receipt(&shop, &mut noes).await;
    inventory::says_no_to_a_count(&shop, &mut noes).await;
    inventory::says_no_to_a_shipment(&shop, &mut noes).await;
    others::say_no(&shop, &mut noes).await;
    noes.check();

    // A request beyond the bound is not read at all.
    let mut huge = shop::order("bad", &[("BOLT", 1)]);
    huge.channel = "x".repeat(2 * 1024 * 1024);
    let no = shop.orders.clone().place_order(huge).await.unwrap_err();
    assert_eq!(no.code(), Code::InvalidArgument, "{no:?}");
    assert_eq!(shop::reason(&no), "REQUEST_OUT_OF_RANGE");
    cluster.at_rest().await;
    assert_eq!(cluster.last().await, last, "a no recorded something");
}

/// Subjects, paths, markup, other scripts, and the longest there is.
fn strange_keys() -> Vec<String> {
    let mut keys = [
        "*",
        ">",
        ".",
        "..",
        "a b",
        " ",
        "螺栓",
        "é\u{301}",
        "🔩",
        "%2F",
        "../..",
        "<b>",
        "{\"a\":1}",
    ]
    .map(str::to_owned)
    .to_vec();
    keys.push("bo.main.orders".to_owned());
    keys.push("$JS.API.>".to_owned());
    keys.push("'; DROP TABLE orders; --".to_owned());
    keys.push("鎖".repeat(42));
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_but_printable_keys_are_keys_like_any_other() {
    let cluster = Cluster::start().await;
    let shop = Shop::furnished(&cluster, &[]).await;
    for (number, key) in strange_keys().iter().enumerate() {
        let mut item = shop::item(key, 10);
        item.definition_id = format!("{number}");
        shop.inventory.clone().define_item(item).await.unwrap();
        let receipt = shop::receipt(key, &[(key, 1)]);
        shop::receive(&shop.inventory, &receipt).await.unwrap();
        let mut asked = shop::waiting(shop::order(key, &[(key, 2)]));
        asked.customer.as_mut().unwrap().id.clone_from(key);
        let placed = shop.orders.clone().place_order(asked).await.unwrap();
        assert_eq!(placed.get_ref().order_id, *key);
    }
    cluster.at_rest().await;
    for key in strange_keys() {
        let order = shop.order(&key).await;
        assert_eq!((&order.order_id, &order.lines[0].sku), (&key, &key));
        assert_eq!(order.customer.unwrap().id, key);
        assert_eq!(
            (order.lines[0].reserved, order.lines[0].backordered),
            (1, 1)
        );
        let stock = shop.stock(&key).await;
        assert_eq!((&stock.sku, stock.on_hand), (&key, 1));
        let list = ListOrdersRequest {
            customer_id: key.clone(),
            sku: key.clone(),
            ..ListOrdersRequest::default()
        };
        let listed = shop.orders.clone().list_orders(list).await.unwrap();
        assert_eq!(listed.get_ref().orders.len(), 1, "{key}");
        let queue = GetQueueRequest {
            sku: key.clone(),
            ..GetQueueRequest::default()
        };
        let queue = shop.allocator.clone().get_queue(queue).await.unwrap();
        let lines = queue.get_ref().lines.iter();
        let waiting: Vec<&String> = lines.map(|line| &line.order_id).collect();
        assert_eq!(waiting, [&key]);
    }
}
