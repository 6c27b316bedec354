//! The wire shapes, pinned: every event shape ever written reads, and is written the same again.
//!
//! `events/<tag>[.<case>].json` is one event, `events/commit[.<case>].json` a whole commit.
//! Files are added, never changed; `tests/tidy.rs` sees to that.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use backorder_domain::event::{
    Adapter, AllocatorEvent, Commit, CommitText, Effect, Event, HistoryEnd, HoldEnd,
    InventoryEvent, ItemRenamed, Limit, NoticeKind, NotifierEvent, OrderField, OrdersEvent,
    Passage, Promise, RefuseReason, ReleaseReason, RunSort, RunStrategy, Segment,
    SupplierGatewayEvent, Way, What,
};
use backorder_domain::ids::{OrderId, Revision, Timestamp};
use backorder_domain::renamed::Renamed;
use proptest::prelude::*;
use serde_json::Value;

/// All golden files by name without `.json`, commits apart from events.
fn golden() -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        files.insert(name, fs::read_to_string(&path).unwrap());
    }
    files
        .into_iter()
        .partition(|(name, _)| name.split('.').next() == Some("commit"))
}

fn events() -> Vec<Event> {
    golden()
        .1
        .values()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

#[test]
fn every_golden_event_reads_and_is_written_the_same_again() {
    for (name, text) in golden().1 {
        let event: Event = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let again = serde_json::to_string(&event).unwrap();
        let (was, is): (Value, Value) = (
            serde_json::from_str(&text).unwrap(),
            serde_json::from_str(&again).unwrap(),
        );
        assert_eq!(was, is, "{name}");
        assert!(
            again.starts_with(&format!(r#"{{"type":"{}","#, event.tag())),
            "{again}"
        );
        assert_eq!(
            name.split('.').next(),
            Some(event.tag()),
            "{name} is named after its tag"
        );
    }
}

#[test]
fn every_golden_commit_reads_and_is_written_the_same_again() {
    let commits = golden().0;
    assert!(commits.contains_key("commit"));
    for (name, text) in commits {
        let commit: Commit = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let was: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(was, serde_json::to_value(&commit).unwrap(), "{name}");
    }
}

#[test]
fn every_tag_has_a_golden_event() {
    let seen: BTreeSet<&str> = events().iter().map(Event::tag).collect();
    let all: BTreeSet<&str> = Event::TAGS.iter().map(|(_, tag)| *tag).collect();
    assert_eq!(seen, all);
}

/// Writes, for an enum, the names of all variants and which one a value is. A variant that is
/// missing here does not compile.
macro_rules! variants {
    ($($list:ident $name:ident $type:ident { $($variant:ident)* })*) => {$(
        const $list: &[&str] = &[$(concat!(stringify!($type), "::", stringify!($variant)),)*];
        fn $name(value: &$type) -> &'static str {
            match value {$(
                $type::$variant { .. } => concat!(stringify!($type), "::", stringify!($variant)),
            )*}
        }
    )*};
}

variants! {
    SEGMENTS segment Segment { Backorderable Substitutable StockOnly }
    EFFECTS effect Effect { Assigned Released Backordered Offered Refused Promised }
    PROMISES promise Promise { Inbound Estimate Unknown }
    RELEASES release ReleaseReason { Cancelled CountedDown Rebalanced Suspended Refused GivenAway }
    REFUSALS refusal RefuseReason {
        UnknownItem StockOnly Substitutable CapReached WaitTooLong Discontinued
        OrderWhole
    }
    LIMITS limit Limit { Cap Wait }
    HISTORY_ENDS history_end HistoryEnd { Fulfilled Refunded Cancelled }
    HOLD_ENDS hold_end HoldEnd { Expired Used Withdrawn TakenBack }
    ADAPTERS adapter Adapter { Simulated ByHand }
    WAYS way Way { Person File Wire }
    SORTS sort RunSort { Rank Value RequestedAt PlacedAt Tier }
    STRATEGIES strategy RunStrategy { Win Gain Improve Redistribute Fill Lose Skip }
    NOTICES notice NoticeKind { Backordered PromiseMoved Filled Shipped Cancelled TakenBack }
    FIELDS field OrderField {
        Email Tier Country Region RequestedAt Urgency ShipBy RestMayGo UnitPrice
    }
    WHATS what What {
        Received Adjusted Counted Moved ShortPicked Shipped Returned Placed Cancelled Substituted
        Closed Rebalanced Settled HoldEnded Shared Supply ItemDefined RuleSet DatePassed OfferEnded
        PromisesDue
        Suspended Resumed Amended Prioritised ByHand Other
    }
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "only events that hold an enum matter here"
)]
fn variants_in(event: &Event) -> Vec<&'static str> {
    match event {
        Event::Orders(OrdersEvent::HistoryRecorded(fact)) => vec![history_end(&fact.ended)],
        Event::Orders(OrdersEvent::OrderAmended(fact)) => {
            fact.fields.iter().map(|it| field(&it.to)).collect()
        }
        Event::Allocator(AllocatorEvent::HoldEnded(fact)) => vec![hold_end(&fact.why)],
        Event::Inventory(InventoryEvent::ItemDefined(fact)) => vec![segment(&fact.segment)],
        Event::SupplierGateway(SupplierGatewayEvent::SupplierDefined(fact)) => {
            vec![adapter(&fact.adapter)]
        }
        Event::SupplierGateway(fact) => fact.source().map(|it| way(&it.way)).into_iter().collect(),
        Event::Notifier(NotifierEvent::Notified(fact)) => vec![notice(&fact.kind)],
        Event::Notifier(NotifierEvent::NotificationFailed(fact)) => vec![notice(&fact.kind)],
        Event::Allocator(AllocatorEvent::Settled(fact)) => {
            let effects = fact.effects.iter().flat_map(variants_in_effect);
            let causes = fact.causes.iter().map(|it| what(&it.what));
            effects.chain(causes).collect()
        }
        Event::Allocator(AllocatorEvent::StockAssigned(fact)) => {
            let causes = fact.causes.iter().map(|cause| what(&cause.what));
            let effects = fact.effects.iter().flat_map(variants_in_effect);
            effects.chain(causes).collect()
        }
        Event::Allocator(AllocatorEvent::WaitsEnded(fact)) => {
            fact.effects.iter().flat_map(variants_in_effect).collect()
        }
        Event::Allocator(AllocatorEvent::Rebalanced(fact)) => {
            let effects = fact.effects.iter().flat_map(variants_in_effect);
            let sorts = fact.segments.iter().flat_map(|it| it.sort.iter().map(sort));
            let strategies = fact.segments.iter().map(|it| strategy(&it.strategy));
            effects.chain(sorts).chain(strategies).collect()
        }
        _ => Vec::new(),
    }
}

fn variants_in_effect(is: &Effect) -> Vec<&'static str> {
    let inner = match is {
        Effect::Assigned(_) | Effect::Backordered(_) | Effect::Offered(_) => None,
        Effect::Released(fact) => Some(release(&fact.why)),
        Effect::Refused(fact) => {
            let why = refusal(&fact.why);
            let limit = fact.limit.as_ref().map(limit);
            return [effect(is), why].into_iter().chain(limit).collect();
        }
        Effect::Promised(fact) => Some(promise(&fact.promise)),
    };
    std::iter::once(effect(is)).chain(inner).collect()
}

#[test]
fn every_variant_inside_an_event_stands_in_a_golden_event() {
    let seen: BTreeSet<&str> = events().iter().flat_map(variants_in).collect();
    let all = [
        SEGMENTS,
        EFFECTS,
        PROMISES,
        RELEASES,
        REFUSALS,
        LIMITS,
        HISTORY_ENDS,
        HOLD_ENDS,
        ADAPTERS,
        WAYS,
        SORTS,
        STRATEGIES,
        NOTICES,
        FIELDS,
        WHATS,
    ];
    assert_eq!(seen, all.into_iter().flatten().copied().collect());
}

/// The fields that may be absent, by the source of the events: struct and field of each that has
/// a serde default.
fn optional_fields() -> BTreeSet<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/event");
    let mut fields = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut lines = source.lines().map(str::trim);
        let mut owner = String::new();
        while let Some(line) = lines.next() {
            if let Some(name) = line.strip_prefix("pub struct ") {
                name.trim_end_matches(" {").clone_into(&mut owner);
            } else if line.starts_with("#[serde(default") {
                let field = lines.next().unwrap().trim_start_matches("pub ");
                fields.insert((owner.clone(), field.split(':').next().unwrap().to_owned()));
            }
        }
    }
    fields
}

/// `OrderPlaced` as `order_placed`.
fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn keys_in<'a>(value: &'a Value, into: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                into.insert(key);
                keys_in(inner, into);
            }
        }
        Value::Array(values) => values.iter().for_each(|inner| keys_in(inner, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_optional_field_stands_in_one_golden_event_and_is_absent_in_another() {
    let values: Vec<Value> = golden()
        .1
        .values()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    let optional = optional_fields();
    assert!(
        optional.contains(&("OrderPlaced".into(), "requested_at".into())),
        "{optional:?}"
    );
    for (owner, field) in optional {
        let (with, without): (Vec<&Value>, Vec<&Value>) = values.iter().partition(|value| {
            let mut keys = BTreeSet::new();
            keys_in(value, &mut keys);
            keys.contains(field.as_str())
        });
        let tags_of = |of: &[&Value]| -> BTreeSet<String> {
            of.iter()
                .filter_map(|v| v["type"].as_str())
                .map(str::to_owned)
                .collect()
        };
        let both: Vec<String> = tags_of(&with)
            .intersection(&tags_of(&without))
            .cloned()
            .collect();
        let tag = snake(&owner);
        let is_event = Event::TAGS.iter().any(|(_, known)| *known == tag);
        let enough = if is_event {
            both.contains(&tag)
        } else {
            !both.is_empty()
        };
        assert!(
            enough,
            "`{owner}.{field}` wants a golden event with it and one without"
        );
    }
}

/// The texts under `sku`, and in lists of alternatives, wherever they stand.
fn skus_in<'a>(value: &'a Value, into: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if key == "sku" || key == "alternatives" {
                    let one = std::slice::from_ref(inner);
                    let named = inner.as_array().map_or(one, Vec::as_slice);
                    into.extend(named.iter().filter_map(Value::as_str));
                } else {
                    skus_in(inner, into);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|inner| skus_in(inner, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn whatever_crossed_a_renaming_reads_as_if_it_had_been_said_after_it() {
    let mut read = 0;
    for (name, text) in golden().1 {
        let event: Event = serde_json::from_str(&text).unwrap();
        let said: Value = serde_json::from_str(&text).unwrap();
        let (mut named, mut renamed) = (BTreeSet::new(), Renamed::default());
        skus_in(&said, &mut named);
        if event.tag() == "item_renamed" {
            continue;
        }
        for sku in &named {
            renamed.rename(&ItemRenamed {
                renaming: (*sku).into(),
                sku: (*sku).into(),
                to: format!("{sku} now").as_str().into(),
                reason: "the catalogue".to_owned(),
                by: "eva".to_owned(),
            });
        }
        let reads = serde_json::to_value(renamed.read(&event).as_ref()).unwrap();
        let mut now = BTreeSet::new();
        skus_in(&reads, &mut now);
        let expected: BTreeSet<String> = named.iter().map(|sku| format!("{sku} now")).collect();
        let now: BTreeSet<String> = now.into_iter().map(ToOwned::to_owned).collect();
        assert_eq!(now, expected, "{name}");
        assert_eq!(
            *renamed.read(&event),
            *renamed.read(&renamed.read(&event)),
            "{name}"
        );
        read += named.len();
    }
    assert!(read > 100, "{read} names only");
}

#[test]
fn a_field_of_a_later_version_is_read_over() {
    for (name, text) in golden().1 {
        let mut lines = text.trim_end().trim_end_matches('}').trim_end().to_owned();
        lines.push_str(r#", "of_a_later_version": {"deep": [1]}}"#);
        let event: Event = serde_json::from_str(&lines).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(event, serde_json::from_str(&text).unwrap());
    }
}

#[test]
fn what_is_no_event_is_told_apart_clearly() {
    for (text, says) in [
        (
            r#"{"type":"order_lost","order":"1"}"#,
            "unknown variant `order_lost`, expected one of",
        ),
        (
            r#"{"order":"1","type":"order_placed"}"#,
            "unknown field `order`, expected `type`",
        ),
        (r"{}", "missing field `type`"),
        (
            r#"{"type":"order_cancelled","order":"1"}"#,
            "missing field `cancellation`",
        ),
        (
            r#"["order_placed"]"#,
            "expected an event with its `type` first",
        ),
        (
            r#"{"type":"order_cancelled","cancellation":7,"order":"1"}"#,
            "invalid type: integer `7`, expected a text",
        ),
        (
            r#"{"type":"received","receipt":"1","location":"l","lines":[{"sku":"s","quantity":-1}"#,
            "invalid value: integer `-1`, expected u32",
        ),
    ] {
        let error = serde_json::from_str::<Event>(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text} -> {error}");
    }
}

#[test]
fn a_commit_with_an_unreadable_event_is_unreadable() {
    let text = golden().0["commit"].replacen("order_cancelled", "order_forgotten", 1);
    let error = serde_json::from_str::<Commit>(&text)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("unknown variant `order_forgotten`"),
        "{error}"
    );
}

/// Read as serde_json reads bytes, errors and their places too.
fn as_slow(bytes: &[u8]) {
    let slow: Result<Commit, serde_json::Error> = serde_json::from_slice(bytes);
    let (read, slow) = (Commit::read(bytes), slow.map_err(|error| error.to_string()));
    assert_eq!(read.map_err(|error| error.to_string()), slow);
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = serde_json::from_slice::<Event>(&bytes);
        as_slow(&bytes);
    }

    #[test]
    fn a_broken_golden_file_never_panics(
        pick in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let (commits, events) = golden();
        let texts: Vec<&String> = commits.values().chain(events.values()).collect();
        let mut bytes = pick.get(&texts).as_bytes().to_vec();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let _ = serde_json::from_slice::<Event>(&bytes);
        as_slow(&bytes);
    }
}

/// Who an event is about, as far as effects name an order, and one of whom no event tells.
fn orders_in(event: &Event) -> Vec<OrderId> {
    let named = event.effects().iter().map(Effect::order).cloned();
    named.chain(["nobody's".into()]).collect()
}

/// One event of a commit, and what it says of an order, as the whole commit says it.
fn as_whole(text: &str) {
    let whole = Commit::read(text.as_bytes()).unwrap();
    let read = CommitText::new(text.as_bytes()).unwrap();
    assert_eq!((read.as_of(), read.at()), (whole.as_of, whole.at));
    assert_eq!(read.len(), whole.events.len());
    for (index, event) in (0..).zip(&whole.events) {
        assert_eq!(read.event(index).unwrap().as_ref(), Some(event));
        for order in orders_in(event) {
            let passage = read.passage(index, &order).unwrap().unwrap();
            match (event, passage) {
                (
                    Event::Allocator(
                        AllocatorEvent::Settled(_)
                        | AllocatorEvent::Rebalanced(_)
                        | AllocatorEvent::WaitsEnded(_),
                    ),
                    Passage::Effects(effects),
                ) => {
                    let ours = event.effects().iter().filter(|it| *it.order() == order);
                    assert_eq!(effects.iter().collect::<Vec<_>>(), ours.collect::<Vec<_>>());
                }
                (event, passage) => assert_eq!(passage, Passage::Event(event.clone())),
            }
        }
    }
    let beyond = u32::try_from(whole.events.len()).unwrap();
    for index in [beyond, u32::MAX] {
        assert_eq!(read.event(index).unwrap(), None);
        assert_eq!(read.passage(index, &"o1".into()).unwrap(), None);
    }
}

fn commit_of(events: Vec<Event>) -> Commit {
    Commit {
        as_of: Revision(7),
        at: Timestamp::from_ms(1_800_000_000_123),
        events,
        traces: BTreeMap::from([(0, "00-ab-cd-01".to_owned())]),
    }
}

#[test]
fn every_golden_event_is_read_alone_as_it_is_among_all_others() {
    as_whole(&serde_json::to_string(&commit_of(events())).unwrap());
    as_whole(&serde_json::to_string_pretty(&commit_of(events())).unwrap());
    as_whole(&serde_json::to_string(&commit_of(Vec::new())).unwrap());
    for text in golden().0.values() {
        as_whole(text);
    }
    // The names of fields may come in any order, and later versions may add some.
    as_whole(
        r#"{"later":[{"events":1}],"events":[{"type":"notification_failed","notice":"n","kind":
        "filled","order":"o1","to":"a@b","attempt":1,"error":"no"}],"at":"2026-03-01T08:26:00Z",
        "as_of":3}"#,
    );
}

#[test]
fn an_id_with_escapes_is_the_same_id() {
    let text = r#"{"as_of":0,"at":"2026-03-01T08:26:00Z","events":[{"type":"settled","rule":1,
        "effects":[{"promised":{"order":"\u006f\"1","line":1,"sku":"BOLT","promise":"unknown"}},
        {"promised":{"order":"o1","line":1,"sku":"BOLT","promise":"unknown"}}]}]}"#;
    as_whole(text);
    let read = CommitText::new(text.as_bytes()).unwrap();
    let Some(Passage::Effects(effects)) = read.passage(0, &"o\"1".into()).unwrap() else {
        panic!("no effects");
    };
    assert_eq!(effects.len(), 1);
}

#[test]
fn damage_and_the_unknown_are_told_where_they_are_met() {
    for text in [
        r#"{"as_of":0,"at":"2026-03-01T08:26:00Z","events":[{"type":"settled""#,
        r#"{"as_of":0,"at":"2026-03-01T08:26:00Z"}"#,
        r#"{"at":"2026-03-01T08:26:00Z","events":[]}"#,
        r#"{"as_of":0,"at":"2026-03-01T08:26:00Z","events":[]} {}"#,
        r#"{"as_of":0,"at":"2026-03-01T08:26:00Z","events":7}"#,
        "not a commit",
    ] {
        assert!(CommitText::new(text).is_err(), "{text}");
    }
    let of = |event: &str| {
        let text = format!(r#"{{"as_of":0,"at":"2026-03-01T08:26:00Z","events":[{event}]}}"#);
        CommitText::new(text).unwrap()
    };
    for (event, says) in [
        (r#"{"type":"order_lost"}"#, "unknown variant `order_lost`"),
        (r#"{"order":"1"}"#, "unknown field `order`"),
        (r#"{"type":"settled","rule":1}"#, "missing field `effects`"),
        (
            r#"{"type":"settled","rule":1,"effects":[{"lost":{"order":"o1"}}]}"#,
            "unknown variant `lost`",
        ),
        (
            r#"{"type":"rebalanced","effects":[{"assigned":{"order":"o1"}}]}"#,
            "missing field",
        ),
        (
            r#"{"type":"settled","rule":1,"effects":[{"assigned":{"line":1}}]}"#,
            "missing field `order`",
        ),
    ] {
        let error = of(event).passage(0, &"o1".into()).unwrap_err().to_string();
        assert!(error.contains(says), "{event} -> {error}");
        assert!(of(event).event(0).is_err(), "{event}");
    }
}

proptest! {
    #[test]
    fn any_mix_of_events_is_read_one_by_one_as_whole(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        pretty in any::<bool>(),
    ) {
        let golden = events();
        let commit = commit_of(picks.iter().map(|pick| pick.get(&golden).clone()).collect());
        let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
        as_whole(&write(&commit).unwrap());
    }

    #[test]
    fn a_broken_commit_read_one_by_one_never_panics_and_says_nothing_else(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = serde_json::to_vec(&commit_of(events())).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let whole = Commit::read(&bytes);
        let Ok(read) = CommitText::new(&bytes) else {
            prop_assert!(whole.is_err());
            return Ok(());
        };
        for index in 0..u32::try_from(read.len()).unwrap() {
            let (event, _) = (read.event(index), read.passage(index, &"2002".into()));
            if let (Ok(whole), Ok(event)) = (&whole, event) {
                prop_assert_eq!(event.as_ref(), whole.events.get(usize::try_from(index).unwrap()));
            }
        }
    }
}

#[test]
fn a_text_nested_a_hundred_thousand_deep_is_refused_without_a_stack_overflow() {
    for field in ["rule", "effects", "of_a_later_version"] {
        let deep = format!(r#"{{"type":"settled","{field}":{}"#, "[".repeat(100_000));
        assert!(serde_json::from_str::<Event>(&deep).is_err());
    }
}
