//! Orders that a shop has done with.

use super::*;

const STATES: &str = "order,customer,email,sku,quantity,placed_at,unit_price,status";

fn history(header: &str, rows: &[&str]) -> Vec<Entry> {
    let how = ReadAs {
        history: true,
        ..ReadAs::default()
    };
    read(format!("{header}\n{}\n", rows.join("\n")).as_bytes(), how).unwrap()
}

fn ended(entries: &[Entry]) -> Vec<(String, Option<Ended>)> {
    let orders = purchases(entries);
    let orders = orders.iter().map(|it| (it.order.to_string(), it.ended));
    orders.collect()
}

fn returned(order: &Purchase) -> Vec<u32> {
    order.rows.iter().map(|row| row.returned).collect()
}

#[test]
fn an_order_is_left_placed_or_told_as_it_ended_by_the_shops_own_word() {
    let rows = [
        "H1,ida,,LAMP,1,2026-03-01,9,fulfilled",
        "H2,ida,,LAMP,1,2026-03-01,9,refunded",
        "H3,ida,,LAMP,1,2026-03-01,9,cancelled",
        "H4,ida,,LAMP,1,2026-03-01,9,unfulfilled",
        "H5,ida,,LAMP,1,2026-03-01,9,partially_shipped",
        "H6,ida,,LAMP,1,2026-03-01,9,",
    ];
    let without = entries_of(STATES, &rows);
    assert_eq!(ended(&without), [("H4".into(), None), ("H6".into(), None)]);
    let reasons: Vec<Reason> = left(&without).iter().map(|left| left.reason).collect();
    assert_eq!(
        reasons,
        [
            Reason::Done,
            Reason::Refunded,
            Reason::Cancelled,
            Reason::PartlyDone
        ]
    );
    assert!(left(&without)[0].detail.contains("--history"));
    let is_expected: Vec<bool> = reasons.iter().map(|reason| reason.is_expected()).collect();
    assert_eq!(is_expected, [true, true, true, false]);

    let with = history(STATES, &rows);
    let told = [
        ("H1".into(), Some(Ended::Fulfilled)),
        ("H2".into(), Some(Ended::Refunded)),
        ("H3".into(), Some(Ended::Cancelled)),
        ("H4".into(), None),
        // The file does not say: of a file of history it is history.
        ("H6".into(), Some(Ended::Fulfilled)),
    ];
    assert_eq!(ended(&with), told);
    assert_eq!(left(&with)[0].reason, Reason::PartlyDone);
    let request = purchases(&with)[0].request();
    assert_eq!(request.history.map(|history| history.ended), Some(1));
    assert_eq!(purchases(&with)[3].request().history, None);
}

#[test]
fn what_came_back_is_told_with_its_order_whichever_document_says_so() {
    let entries = history(
        PLAIN,
        &[
            "H1,ida,,LAMP,5,2026-03-01,9",
            "C1,ida,,LAMP,-1,2026-03-09,9",
            "H1,ida,,SHADE,2,2026-03-01,4",
            "H1,ida,,SHADE,-2,2026-03-11,4",
            "H2,ida,,LAMP,1,2026-03-02,9",
            // The latest goods first: C1 took H2, so this takes of H1.
            "C2,ida,,LAMP,-3,2026-03-12,9",
        ],
    );
    let orders = purchases(&entries);
    let returned: Vec<Vec<u32>> = orders.iter().map(returned).collect();
    assert_eq!(returned, [vec![3, 2], vec![1]]);
    let parts: Vec<bool> = returns(&entries)
        .iter()
        .flat_map(|back| back.parts.iter().map(|part| part.of_history))
        .collect();
    assert_eq!(parts, [true; 3]);
    assert_eq!(left(&entries), []);
    let told = orders[0].request().history.unwrap().returned;
    let told: Vec<_> = told.iter().map(|back| (back.line, back.quantity)).collect();
    assert_eq!(told, [(1, 3), (2, 2)]);
}

#[test]
fn nothing_comes_back_of_what_was_never_sent() {
    let rows = [
        "H1,ida,,LAMP,5,2026-03-01,9,cancelled",
        "H1,ida,,LAMP,-1,2026-03-09,9,cancelled",
        "C1,ida,,LAMP,-1,2026-03-09,9,",
    ];
    let entries = history(STATES, &rows);
    assert_eq!(returned(&purchases(&entries)[0]), [0]);
    assert_eq!(left(&entries)[0].reason, Reason::MatchesNothing);
    assert_eq!(returns(&entries)[0].parts, []);
}

#[test]
fn history_asks_for_no_item() {
    let rows = [
        "H1,ida,,OLD,5,2026-03-01,9,done",
        "H2,ida,,NEW,5,2026-03-01,9,open",
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, format!("{STATES}\n{}\n", rows.join("\n"))).unwrap();
    let how = ReadAs {
        history: true,
        ..ReadAs::default()
    };
    let entries = Entries::of(Source::open(&path, how).unwrap()).unwrap();
    let items: Vec<&str> = entries.items().keys().map(|sku| sku.as_str()).collect();
    assert_eq!(items, ["NEW"]);
}
