//! Laws that hold events and commands together. An event that answers a command is all that is
//! left of what was asked: a retry is compared with what the command reads back from it.

#![cfg(test)]

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use backorder_domain as domain;
use domain::command::Command;
use domain::decider::{Decider, Room};
use domain::event::Event;
use domain::ids::Key;
use domain::{inventory, notifier, orders, supplier_gateway};

/// A type of command.
struct Kind {
    name: &'static str,
    room: Room,
    /// The id of the command that it reads back from an event, if it reads one back.
    reads: fn(&Event) -> Option<Option<Key>>,
}

fn kind<D: Decider, C: Command<D>>() -> Kind {
    let path = type_name::<C>();
    Kind {
        name: path.rsplit("::").next().unwrap_or(path),
        room: D::ROOM,
        reads: |event| C::answered_by(event).map(|command| command.id()),
    }
}

/// Every type of command of every room. A command that is added is added here: a test below
/// compares this list with the sources.
fn kinds() -> Vec<Kind> {
    vec![
        kind::<_, orders::PlaceOrder>(),
        kind::<_, orders::RecordHistory>(),
        kind::<_, orders::CancelOrder>(),
        kind::<_, orders::AmendOrder>(),
        kind::<_, orders::SuspendOrder>(),
        kind::<_, orders::ResumeOrder>(),
        kind::<_, orders::AcceptSubstitute>(),
        kind::<_, inventory::DefineItem>(),
        kind::<_, inventory::RenameItem>(),
        kind::<_, inventory::DefineLocation>(),
        kind::<_, inventory::ReceiveStock>(),
        kind::<_, inventory::AdjustStock>(),
        kind::<_, inventory::CountStock>(),
        kind::<_, inventory::MoveStock>(),
        kind::<_, inventory::ReceiveMove>(),
        kind::<_, inventory::ReleaseWave>(),
        kind::<_, inventory::RecallWave>(),
        kind::<_, inventory::ReportShortPick>(),
        kind::<_, inventory::SetTimeZone>(),
        kind::<_, inventory::ConfirmShipment>(),
        kind::<_, inventory::ReturnGoods>(),
        kind::<_, allocation::HoldStock>(),
        kind::<_, allocation::ReleaseHold>(),
        kind::<_, allocation::SetRankingRule>(),
        kind::<_, allocation::CommitRebalance>(),
        kind::<_, allocation::EndWaits>(),
        kind::<_, allocation::Prioritise>(),
        kind::<_, allocation::AssignStock>(),
        kind::<_, supplier_gateway::DefineSupplier>(),
        kind::<_, supplier_gateway::DefineSupplierItem>(),
        kind::<_, supplier_gateway::CreatePurchaseOrder>(),
        kind::<_, supplier_gateway::ClosePurchaseOrder>(),
        kind::<_, supplier_gateway::HearSupplier>(),
        kind::<_, supplier_gateway::SimulateSupplier>(),
        kind::<_, notifier::RecordSent>(),
        kind::<_, notifier::RecordFailure>(),
    ]
}

fn crates() -> PathBuf {
    let domain = Path::new(env!("CARGO_MANIFEST_DIR"));
    domain.parent().unwrap().to_path_buf()
}

/// Every golden event, by the name of its file.
fn golden() -> BTreeMap<String, Event> {
    let mut events = BTreeMap::new();
    for entry in fs::read_dir(crates().join("domain/events")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("commit.") {
            let event = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            events.insert(name, event);
        }
    }
    assert!(events.len() > 50, "{} golden events only", events.len());
    events
}

/// What is wrong between an event and the commands that read themselves back from it.
fn wrong_with(name: &str, event: &Event, kinds: &[Kind]) -> Option<String> {
    let readers: Vec<(&Kind, Option<Key>)> = kinds
        .iter()
        .filter_map(|kind| Some((kind, (kind.reads)(event)?)))
        .collect();
    let names: Vec<&str> = readers.iter().map(|(kind, _)| kind.name).collect();
    // What asked for an event that ends something stands where it began.
    let asked_here = event
        .answers()
        .filter(|answers| answers.asked_at.is_none())
        .map(|answers| answers.command);
    match (asked_here, readers.as_slice()) {
        (None, []) => None,
        (None, _) => Some(format!(
            "{name}: the event answers no command by `answers`, but {names:?} read themselves back \
             from it by `answered_by`"
        )),
        (Some(_), []) => Some(format!(
            "{name}: the event answers a command by `answers`, but no command reads itself back \
             from it by `answered_by`"
        )),
        (Some(_), [(kind, _)]) if kind.room != event.room() => Some(format!(
            "{name}: the event is a fact of {}, but {} reads itself back from it, a command of {}",
            event.room(),
            kind.name,
            kind.room
        )),
        (Some(answered), [(kind, id)]) => (*id != Some(answered)).then(|| {
            format!(
                "{name}: the event answers another id by `answers` than that of the {} that is \
                 read back from it",
                kind.name
            )
        }),
        (Some(_), _) => Some(format!(
            "{name}: the event answers one command, but {names:?} read themselves back from it"
        )),
    }
}

#[test]
fn an_event_that_answers_is_read_back_by_one_command_of_its_room() {
    let kinds = kinds();
    let wrong: Vec<String> = golden()
        .iter()
        .filter_map(|(name, event)| wrong_with(name, event, &kinds))
        .collect();
    assert!(wrong.is_empty(), "\n  {}\n", wrong.join("\n  "));
}

#[test]
fn all_events_of_a_type_are_read_back_by_the_same_command() {
    let kinds = kinds();
    let mut readers = BTreeMap::<&str, BTreeSet<Vec<&str>>>::new();
    let events = golden();
    for event in events.values() {
        let names = kinds.iter().filter(|kind| (kind.reads)(event).is_some());
        let names = names.map(|kind| kind.name).collect();
        readers.entry(event.tag()).or_default().insert(names);
    }
    readers.retain(|_, kinds| kinds.len() > 1);
    assert!(readers.is_empty(), "{readers:?}");
}

/// Every file of Rust below a folder.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// Each `impl Command<…> for …` of the rooms: the command's name, and the block.
fn implementations() -> BTreeMap<String, String> {
    let mut files = Vec::new();
    for of in ["domain", "allocation"] {
        sources(&crates().join(of).join("src"), &mut files);
    }
    let mut found = BTreeMap::new();
    for text in files {
        for block in text.split("\nimpl Command<").skip(1) {
            let head = block.split(" {").next().unwrap();
            let name = head.split("> for ").nth(1).unwrap().to_owned();
            found.insert(name, block.split("\n}").next().unwrap().to_owned());
        }
    }
    found
}

#[test]
fn every_command_is_held_to_these_laws() {
    let listed: BTreeSet<String> = kinds().iter().map(|kind| kind.name.to_owned()).collect();
    let there: BTreeSet<String> = implementations().into_keys().collect();
    assert_eq!(listed, there, "`kinds` of this file lists every command");
}

#[test]
fn every_command_with_an_id_leaves_it_on_the_log_and_is_read_back_from_there() {
    let events = golden();
    let mut wrong = Vec::new();
    for (name, block) in implementations() {
        let has_id = block.contains("fn id(&self)");
        if has_id != block.contains("fn answered_by(") {
            wrong.push(format!(
                "{name} has one of `id` and `answered_by`, not both"
            ));
        }
        let kind = kinds().into_iter().find(|kind| kind.name == name);
        let reads = kind.is_some_and(|kind| events.values().any(|it| (kind.reads)(it).is_some()));
        if has_id && block.contains("Decided::Nothing") {
            wrong.push(format!(
                "{name} has an id, and may be answered with no trace of it"
            ));
        }
        if has_id && !reads {
            wrong.push(format!("{name} is read back from no golden event"));
        }
    }
    assert!(wrong.is_empty(), "\n  {}\n", wrong.join("\n  "));
}
