//! Each thing that a user may do or may not do on the server, tried on a live one.

use std::collections::BTreeSet;

use domain::decider::Room;

use crate::cell::Services;
use crate::users::{deployed, key, keys, server};
use crate::wire::Client;

/// Stands for any one word of a subject.
const WORD: &str = "x1";

/// The subjects that a user may publish on or listen to, as the deployed file has them.
fn allowed(users: &str, user: &str, what: &str) -> Vec<String> {
    let key = format!("$NKEY_{}\n", user.to_uppercase().replace('-', "_"));
    let (_, after) = users.split_once(&key).unwrap();
    let (_, list) = after.split_once(&format!("{what}: {{ allow: [")).unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let lines = list
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('"'));
    lines
        .map(|line| line.trim_matches('"').to_owned())
        .collect()
}

/// A subject that a pattern allows.
fn one(pattern: &str) -> String {
    pattern.replace(['*', '>'], WORD)
}

/// Subjects that nobody may publish on: they change or destroy what others rely on, or speak in the
/// server's name.
const FORBIDDEN: [&str; 14] = [
    "$JS.API.STREAM.DELETE.BO_main",
    "$JS.API.STREAM.PURGE.BO_main",
    "$JS.API.STREAM.UPDATE.BO_main",
    "$JS.API.STREAM.MSG.DELETE.BO_main",
    "$JS.API.STREAM.CREATE.other",
    "$JS.API.STREAM.RESTORE.other",
    "$JS.API.STREAM.INFO.other",
    "$JS.API.CONSUMER.CREATE.other",
    "$JS.API.CONSUMER.DURABLE.CREATE.BO_main.x1",
    "$JS.API.STREAM.LEADER.STEPDOWN.BO_main",
    "$JS.EVENT.ADVISORY.x1",
    "$SYS.REQ.SERVER.PING",
    "bo.other.orders",
    "bo.main.x1",
];
/// And may not listen to.
const UNHEARD: [&str; 5] = [">", "$SYS.>", "$JS.>", "bo.other.>", "bo.svc.>"];

#[tokio::test]
async fn each_user_may_do_what_is_allowed_and_nothing_that_another_may_do() {
    let keys = keys();
    let nats = server(&keys).await;
    let users = std::fs::read_to_string(deployed("users.conf")).unwrap();
    let everybody: Vec<&str> = Room::ALL
        .map(Room::token)
        .into_iter()
        .chain(["operator"])
        .collect();
    for what in ["publish", "subscribe"] {
        let lists = everybody.iter();
        let lists = lists.map(|user| (*user, allowed(&users, user, what)));
        let lists: Vec<(&str, Vec<String>)> = lists.collect();
        let all: BTreeSet<&String> = lists.iter().flat_map(|(_, list)| list).collect();
        let never: &[&str] = if what == "publish" {
            &FORBIDDEN
        } else {
            &UNHEARD
        };
        for (user, own) in &lists {
            let mut client = Client::connect(&nats.url(), Some(&key(&keys, user))).await;
            for pattern in &all {
                let subject = one(pattern);
                let matched = own.iter().any(|own| matches(own, &subject));
                let may = may(&mut client, what, &subject).await;
                assert_eq!(may, matched, "{user} {what} {subject}: {:?}", client.errors);
            }
            for subject in never {
                let may = may(&mut client, what, subject).await;
                assert!(!may, "{user} may {what} {subject}");
            }
        }
    }
}

async fn may(client: &mut Client, what: &str, subject: &str) -> bool {
    if what == "publish" {
        client.may_publish(subject).await
    } else {
        client.may_subscribe(subject).await
    }
}

/// As NATS matches subjects.
fn matches(pattern: &str, subject: &str) -> bool {
    let mut words = subject.split('.');
    for part in pattern.split('.') {
        match (part, words.next()) {
            (">", Some(_)) => return true,
            (_, None) => return false,
            ("*", Some(_)) => {}
            (part, Some(word)) if part == word => {}
            _ => return false,
        }
    }
    words.next().is_none()
}

/// The services work as their users, and the operator sees what they do.
#[tokio::test]
async fn with_the_deployed_users_services_are_found_asked_and_heard() {
    let keys = keys();
    let nats = server(&keys).await;
    let services = Services::start(&nats, Some(&keys)).await;
    let mut operator = Client::connect(&nats.url(), Some(&key(&keys, "operator"))).await;
    operator.subscribe("bo.main.>").await;
    operator.flush().await;
    services.sell("BOLT", "o1", 6).await;
    let mut tags = BTreeSet::new();
    while !tags.contains("settled") {
        let message = operator.next().await;
        let event = message.subject.rsplit('.').next().unwrap().to_owned();
        tags.insert(event);
    }
    for tag in ["orders", "inventory", "order_placed", "received"] {
        assert!(tags.contains(tag), "{tag}: {tags:?}");
    }
    let mut operator = Client::connect(&nats.url(), Some(&key(&keys, "operator"))).await;
    assert_eq!(
        operator.request_all("$SRV.PING").await.len(),
        Room::ALL.len()
    );
    let ask = "bo.svc.main.inventory.GetStock";
    let stock = operator.request(ask, br#"{"sku":"BOLT"}"#).await.json();
    assert_eq!(stock["stock"]["sku"], "BOLT", "{stock}");
    let consumers = operator
        .request("$JS.API.CONSUMER.LIST.BO_main", b"")
        .await
        .json();
    let processes: BTreeSet<&str> = consumers["consumers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| {
            of["config"]["metadata"]["backorder.process"]
                .as_str()
                .unwrap()
        })
        .collect();
    assert_eq!(processes.len(), Room::ALL.len(), "{consumers}");
    services.stop().await;
}
