//! A supplier who answers by EDI, against a cell that runs: what the files say is told and
//! recorded, customers hear it, and the same file again changes nothing.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails where it must, in its helpers too"
)]

mod cell;
mod typing;

use std::path::Path;

use cell::Cell;
use serde_json::Value;
use typing::{refused, until, well};

/// Writes an X12 interchange of transactions, each its kind and its segments without ST and SE,
/// separated by `;`; and says where.
fn x12(folder: &Path, control: u32, transactions: &[(&str, &str)]) -> String {
    let mut text = format!(
        "ISA*00*          *00*          *ZZ*ACME           *ZZ*SHOP           \
         *301201*0800*U*00401*{control:09}*0*P*>~\n\
         GS*PR*ACME*SHOP*20301201*0800*{control}*X*004010~\n"
    );
    for (number, (kind, segments)) in (1..).zip(transactions) {
        let segments: Vec<&str> = segments.split(';').map(str::trim).collect();
        let counted = segments.len() + 2;
        text.push_str(&format!("ST*{kind}*{number:04}~\n"));
        for segment in segments {
            text.push_str(&format!("{segment}~\n"));
        }
        text.push_str(&format!("SE*{counted}*{number:04}~\n"));
    }
    let counted = transactions.len();
    text.push_str(&format!("GE*{counted}*{control}~\nIEA*1*{control:09}~\n"));
    written(folder, &format!("{control}.edi"), &text)
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A cell with a supplier, two items, and one customer who waits for bolts.
fn cell(state: &Path) -> Cell {
    let cell = Cell::start(state);
    for line in [
        "location define main",
        "item define BOLT --backorderable 1000:900",
        "item define WIRE --unit m --step 0.01 --stock-only",
        "supplier define acme --lead-time-days 7",
        "supplier define other --lead-time-days 7",
        "place o1 --customer ann --line BOLT:50 --wait 10s",
        "po create po-7 --supplier acme --line BOLT:100 --line WIRE:10 --expected 2031-03-10",
    ] {
        well(&cell, line);
    }
    until(&cell, "promise o1", "2031-03-10");
    cell
}

/// The results of an import, one a message: what became of it.
fn results(told: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(told).unwrap();
    let rows = value["messages"].as_array().unwrap().iter();
    rows.map(|row| row["result"].as_str().unwrap().to_owned())
        .collect()
}

/// They come later than was announced; and once again, which says nothing new.
fn comes_later_than_was_announced(cell: &Cell, folder: &Path) {
    let rest = "BSN*00*N-2*20310502; HL*1**O; PRF*po-7; DTM*017*20310602; HL*2*1*I; \
         LIN*1*BP*WIRE; SN1*1*10*MR";
    let later = rest
        .replace("BSN*00", "BSN*05")
        .replace("20310602", "20310609");
    let file = x12(
        folder,
        5,
        &[("856", rest), ("856", &later), ("856", &later)],
    );
    let import = format!("edi import {file} --supplier acme -o json");
    let told = well(cell, &import);
    assert_eq!(results(&told), ["recorded", "recorded", "told"], "{told}");
    let order = well(cell, "po show po-7");
    assert!(
        order.contains("they moved WIRE (line 2) for 2031-06-09"),
        "{order}"
    );
}

#[test]
fn what_a_supplier_answers_moves_promises_and_the_same_file_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cell = cell(&folder.path().join("state"));
    let split = "BAK*00*AC*po-7*20301201; DTM*067*20310312; PO1*1*100*EA***BP*BOLT; ACK*IB*40*EA; \
         PO1*2*10*MR***BP*WIRE; ACK*IA*10*MR*067*20310401";
    let file = x12(folder.path(), 1, &[("855", split)]);
    let import = format!("edi import {file} --supplier acme");

    let dry = well(&cell, &format!("{import} --dry-run"));
    assert!(dry.contains("would be recorded"), "{dry}");
    assert!(!well(&cell, "po show po-7").contains("2031-03-12"));
    let other = refused(&cell, &format!("edi import {file} --supplier other"));
    assert!(
        other.contains("purchase order po-7 is one of acme"),
        "{other}"
    );

    assert!(well(&cell, &import).contains("recorded at revision"));
    until(&cell, "promise o1", "2031-03-12");
    let order = well(&cell, "po show po-7");
    for part in [
        "60 on 2031-03-12",
        "40 some day",
        "10 m on 2031-04-01",
        "855 0001 of ACME 000000001 in 1.edi",
    ] {
        assert!(order.contains(part), "{part}: {order}");
    }
    let again = well(&cell, &import);
    assert!(
        again.contains("recorded before") && again.contains("nothing new"),
        "{again}"
    );
    assert_eq!(well(&cell, "po show po-7"), order);

    // A yes without a date leaves the parts as they are.
    let yes = "BAK*00*AC*po-7; PO1*1*100*EA***BP*BOLT; ACK*IA";
    let file = x12(folder.path(), 9, &[("855", yes)]);
    well(&cell, &format!("edi import {file} --supplier acme"));
    assert!(well(&cell, "po show po-7").contains("60 on 2031-03-12 23:59, 40 some day"));

    // A change that takes all bolts away, and another that brings some of them back.
    let none = "BCA*00*AC*po-7; POC*1*DI*100*0*EA***BP*BOLT";
    let file = x12(folder.path(), 2, &[("865", none)]);
    well(&cell, &format!("edi import {file} --supplier acme"));
    let order: Value = serde_json::from_str(&well(&cell, "po show po-7 -o json")).unwrap();
    assert_eq!(order["purchase_order"]["lines"][0]["rejected"], 100);
    let some = "BCA*05*AC*po-7; POC*1*CA*70*70*EA***BP*BOLT; DTM*067*20310520";
    let file = x12(folder.path(), 3, &[("865", some)]);
    well(&cell, &format!("edi import {file} --supplier acme"));
    until(&cell, "promise o1", "2031-05-20");

    // Goods leave; the confirmation that comes after speaks of them, too.
    let left = "BSN*00*N-1*20310501; HL*1**O; PRF*po-7; DTM*017*20310508; HL*2*1*I; \
         LIN*1*BP*BOLT; SN1*1*60*EA";
    let later = "BAK*00*AC*po-7; PO1*1*70*EA***BP*BOLT; ACK*IA*60*EA*067*20310508; \
         ACK*IB*10*EA*067*20310601";
    let file = x12(folder.path(), 4, &[("856", left), ("855", later)]);
    let import = format!("edi import {file} --supplier acme -o json");
    assert_eq!(results(&well(&cell, &import)), ["recorded", "recorded"]);
    until(&cell, "promise o1", "2031-05-08");
    let order = well(&cell, "po show po-7");
    assert!(
        order.contains("N-1") && order.contains("10 on 2031-06-01"),
        "{order}"
    );
    assert_eq!(results(&well(&cell, &import)), ["recorded", "recorded"]);
    assert_eq!(well(&cell, "po show po-7"), order);

    comes_later_than_was_announced(&cell, folder.path());
}

#[test]
fn what_cannot_be_recorded_is_left_with_its_reason_and_its_neighbours_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let cell = cell(&folder.path().join("state"));
    let file = x12(
        folder.path(),
        7,
        &[
            ("855", "BAK*00*AC*po-7; PO1*1*100*EA***BP*BOLT; ACK*QQ"),
            ("855", "BAK*00*AC*po-9; PO1*1*100*EA***BP*BOLT; ACK*IA"),
            ("855", "BAK*00*AC*po-7; PO1*1*100*EA***BP*NUT; ACK*IA"),
            (
                "855",
                "BAK*00*AC*po-7; PO1*1*100*EA***BP*BOLT; ACK*IA*100*EA*067*20250101",
            ),
            (
                "855",
                "BAK*00*AC*po-7; PO1*1*100*EA***BP*BOLT; ACK*IA*100*EA*067*20310401",
            ),
            ("846", "BIA*00*SI*S-1*20301201; LIN*1*BP*BOLT; QTY*33*5*EA"),
            ("856", "BSN*01*N-9*20310301; HL*1**O; PRF*po-7"),
        ],
    );
    let answer = folder.path().join("997.edi");
    let import = format!(
        "edi import {file} --supplier acme --answer {}",
        answer.display()
    );
    let told = refused(&cell, &import);
    for part in [
        "ACK01 has the unknown code \"QQ\"",
        "no purchase order po-9 is known",
        "line 1 (NUT): the order has BOLT on line 1",
        "is before the purchase order",
        "recorded at revision",
        "stock report S-1, which promises nothing",
        "it cancels dispatch N-9",
        "5 of 7 messages refused",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    until(&cell, "promise o1", "2031-04-01");
    // The partner hears which messages could be read, whatever became of them here.
    let answer = std::fs::read_to_string(answer).unwrap();
    assert!(answer.contains("AK9*P*7*7*6~"), "{answer}");
    let file = written(folder.path(), "answer.edi", &answer);
    assert!(well(&cell, &format!("edi check {file}")).contains("our 7 was partly accepted"));

    // One that says that they could not read ours is for a person, too.
    let told = refused(&cell, &format!("edi import {file} --supplier acme"));
    assert!(
        told.contains("they do not know it; send it by other means"),
        "{told}"
    );

    // The numbers of a message that was recorded, used again for another one.
    let text = std::fs::read_to_string(folder.path().join("7.edi")).unwrap();
    let moved = written(
        folder.path(),
        "again.edi",
        &text.replace("20310401", "20310402"),
    );
    let told = refused(&cell, &format!("edi import {moved} --supplier acme"));
    assert!(
        told.contains("a message of the same numbers said something else at revision"),
        "{told}"
    );
    until(&cell, "promise o1", "2031-04-01");

    let test = std::fs::read_to_string(folder.path().join("7.edi")).unwrap();
    let test = written(folder.path(), "test.edi", &test.replace("*0*P*>", "*0*T*>"));
    let told = refused(&cell, &format!("edi import {test} --supplier acme"));
    assert!(told.contains("marks it as a test"), "{told}");
    let none = written(folder.path(), "none.edi", "order;quantity\n");
    let told = refused(&cell, &format!("edi import {none} --supplier acme"));
    assert!(told.contains("no EDI message is in it"), "{told}");
}

#[test]
fn an_order_is_written_and_its_answer_in_edifact_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let cell = cell(&folder.path().join("state"));
    let x12 = well(&cell, "edi order po-7 --sender ZZ:SHOP --receiver 01:ACME");
    for part in [
        "*ZZ*SHOP           *01*ACME           *",
        "BEG*00*SA*po-7**",
        "DTM*002*20310310~",
        "PO1*1*100*EA***BP*BOLT~",
        "PO1*2*10*MR***BP*WIRE~",
    ] {
        assert!(x12.contains(part), "{part}: {x12}");
    }
    assert_eq!(
        x12,
        well(&cell, "edi order po-7 --sender ZZ:SHOP --receiver 01:ACME").as_str()
    );
    let orders = well(&cell, "edi order po-7 --as edifact");
    for part in ["UNB+UNOC:3+main+acme+", "BGM+220+po-7+9'", "QTY+21:10:MTR'"] {
        assert!(orders.contains(part), "{part}: {orders}");
    }
    let response = "UNB+UNOC:3+ACME:14+SHOP:ZZ+301201:0800+42'UNH+1+ORDRSP:D:96A:UN'\
         BGM+231+R-1+4'RFF+ON:po-7'LIN+1+6+4006381333931:EN'PIA+1+BOLT:IN'QTY+21:100'QTY+12:80'\
         DTM+67:20310322:102'QVR+-20:21+CP'UNS+S'UNT+11+1'UNZ+1+42'";
    let file = written(folder.path(), "ordrsp.edi", response);
    let checked = well(&cell, &format!("edi check {file}"));
    assert!(
        checked.contains("80 on 2031-03-22; 20 refused"),
        "{checked}"
    );
    let answer = folder.path().join("contrl.edi");
    let import = format!(
        "edi import {file} --supplier acme --answer {}",
        answer.display()
    );
    well(&cell, &import);
    until(&cell, "promise o1", "2031-03-22");
    let answer = std::fs::read_to_string(answer).unwrap();
    assert!(answer.contains("UCI+42+ACME:14+SHOP:ZZ+7'"), "{answer}");

    let cancels = well(&cell, "edi order po-7 --cancel --receiver ACME");
    let number = |text: &str| text.split('*').nth(13).unwrap().to_owned();
    assert_ne!(number(&cancels), number(&x12), "two messages, one number");
    let test = well(
        &cell,
        "edi order po-7 --sender ZZ:SHOP --receiver 01:ACME --test",
    );
    assert_ne!(
        number(&test),
        number(&x12),
        "a test has the number of the order"
    );
    assert!(cancels.contains("BCH*01*SA*po-7"), "{cancels}");
    assert!(
        cancels.contains("POC*1*DI*80*80*EA***BP*BOLT~"),
        "{cancels}"
    );
    well(&cell, "po close po-7 --reason enough");
    let told = refused(&cell, "edi order po-7 --cancel");
    assert!(
        told.contains("nothing of purchase order po-7 is open"),
        "{told}"
    );
}

/// The names of the files in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    let mut names: Vec<String> = files
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn files_in_a_watched_folder_are_taken_once_and_those_that_are_left_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let cell = cell(&folder.path().join("state"));
    let inbox = folder.path().join("acme");
    std::fs::create_dir(&inbox).unwrap();
    let watch = format!(
        "edi watch {} --supplier acme --settled 0s --once",
        inbox.display()
    );
    assert_eq!(well(&cell, &watch), "");

    let good = "BAK*00*AC*po-7; PO1*1*100*EA***BP*BOLT; ACK*IA*100*EA*067*20310401";
    let bad = "BAK*00*AC*po-9; PO1*1*100*EA***BP*BOLT; ACK*IA";
    x12(&inbox, 1, &[("855", good)]);
    x12(&inbox, 2, &[("855", bad), ("855", good)]);
    written(&inbox, "3.edi", "nothing of the kind");
    written(&inbox, "4.edi.part", "ISA*");
    written(&inbox, ".5.edi", "ISA*");
    let told = refused(&cell, &watch);
    assert!(told.contains("2 of 4 messages refused"), "{told}");
    until(&cell, "promise o1", "2031-04-01");
    assert_eq!(names(&inbox), [".5.edi", "4.edi.part"]);
    assert_eq!(names(&inbox.join("taking")), [".lock"]);
    assert_eq!(names(&inbox.join("archive")), ["1.edi"]);
    assert_eq!(
        names(&inbox.join("quarantine")),
        ["2.edi", "2.edi.reason", "3.edi", "3.edi.reason"]
    );
    assert_eq!(names(&inbox.join("answers")), ["1.edi", "2.edi"]);
    let read = |name: &str| std::fs::read_to_string(inbox.join(name)).unwrap();
    let reason = read("quarantine/2.edi.reason");
    assert!(
        reason.contains("no purchase order po-9 is known"),
        "{reason}"
    );
    assert!(read("quarantine/3.edi.reason").contains("no EDI message is in it"));
    assert!(read("answers/1.edi").contains("AK9*A*1*1*1~"));

    // The same file again, and one that a crash left in the middle.
    let order = well(&cell, "po show po-7");
    x12(&inbox, 1, &[("855", good)]);
    x12(&inbox.join("taking"), 2, &[("855", good)]);
    well(&cell, &watch);
    assert_eq!(names(&inbox.join("archive")), ["1.edi", "1.edi.2", "2.edi"]);
    assert_eq!(names(&inbox.join("answers")), ["1.edi", "1.edi.2", "2.edi"]);
    let again = well(&cell, "po show po-7");
    assert_eq!(
        again.matches("855 0001 of ACME 000000001").count(),
        1,
        "{again}"
    );
    assert_eq!(
        again.matches("(line 1)").count(),
        order.matches("(line 1)").count() + 1
    );
}

#[test]
fn a_file_that_was_cut_is_left_for_a_person_though_what_it_says_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let cell = cell(&folder.path().join("state"));
    let inbox = folder.path().join("inbox");
    std::fs::create_dir(&inbox).unwrap();
    let says = "BAK*00*AC*po-7*20301201; DTM*067*20310312; PO1*1*100*EA***BP*BOLT; ACK*IA";
    let file = x12(&inbox, 1, &[("855", says)]);
    let whole = std::fs::read_to_string(&file).unwrap();
    let cut = whole.split("GE*").next().unwrap();
    std::fs::write(&file, cut).unwrap();
    let watch = format!(
        "edi watch {} --supplier acme --settled 0s --once",
        inbox.display()
    );
    cell.ask(&watch.split(' ').collect::<Vec<_>>());
    until(&cell, "promise o1", "2031-03-12");
    let left = names(&inbox.join("quarantine"));
    assert_eq!(left, ["1.edi", "1.edi.reason"]);
}

#[test]
fn a_folder_has_one_watcher() {
    let folder = tempfile::tempdir().unwrap();
    let cell = cell(&folder.path().join("state"));
    let inbox = folder.path().join("inbox");
    std::fs::create_dir_all(inbox.join("taking")).unwrap();
    let lock = std::fs::File::create(inbox.join("taking/.lock")).unwrap();
    lock.lock().unwrap();
    let watch = format!("edi watch {} --supplier acme --once", inbox.display());
    let told = refused(&cell, &watch);
    assert!(
        told.contains("another watcher takes the files of this folder"),
        "{told}"
    );
    drop(lock);
    well(&cell, &watch);
}

#[test]
fn what_a_supplier_calls_an_item_is_how_their_messages_are_understood_and_ours_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let cell = cell(&folder.path().join("state"));
    let file = x12(
        folder.path(),
        1,
        &[(
            "855",
            "BAK*00*AC*po-7; PO1**5*CA***VN*A-77; ACK*IA*5*CA*067*20310401",
        )],
    );
    let import = format!("edi import {file} --supplier acme");
    let told = refused(&cell, &import);
    assert!(
        told.contains("nobody said how many units one \"CA\" holds"),
        "{told}"
    );

    let typo = refused(&cell, "supplier item acme BOLT --gtin 4006381333932");
    assert!(typo.contains("4006381333932 is no GTIN"), "{typo}");
    let dry = "supplier item acme BOLT --called A-77 --dry-run";
    assert!(well(&cell, dry).contains("would be recorded"));
    well(
        &cell,
        "supplier item acme BOLT --called A-77 --gtin 4006381333931 --pack CA=20 --minimum 24 \
         --multiple 12 --lead-time-days 9 --cost 1.20 --until 2031-12-31 --said-by Lind",
    );
    well(&cell, "supplier item acme WIRE --minimum 2.5 --cost 0.8");
    let taken = refused(&cell, "supplier item acme WIRE --called A-77");
    assert!(
        taken.contains("A-77 is the supplier's number of BOLT"),
        "{taken}"
    );
    let items = well(&cell, "supplier items --supplier acme");
    for part in [
        "A-77, 4006381333931",
        "at least 24, by 12, CA of 20, 9 days, 1.20 EUR until 2031-12-31",
        "at least 2.5 m, 0.80 EUR",
    ] {
        assert!(items.contains(part), "{part}: {items}");
    }
    assert!(well(&cell, &import).contains("recorded at revision"));
    until(&cell, "promise o1", "2031-04-01");
    let order = well(&cell, "edi order po-7");
    assert!(
        order.contains("PO1*1*100*EA***BP*BOLT*VN*A-77*EN*4006381333931~"),
        "{order}"
    );
}
