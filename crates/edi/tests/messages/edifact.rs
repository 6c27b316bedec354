//! EDIFACT: ORDRSP, DESADV, INVRPT and CONTRL, and interchanges as they are found.

use backorder_edi::{
    Envelope, Party, Profile, Standard, write_cancellation, write_order, write_receipt,
};

use crate::written::{envelope, order};
use crate::{edifact, one, told, told_with};

/// What one ORDRSP says of its lines.
fn says(segments: &str) -> String {
    let said = told(&edifact("ORDRSP", &[segments])).remove(0);
    match said.split_once('\n') {
        Some((_, lines)) => lines.to_owned(),
        None => said,
    }
}

const HEAD: &str = "BGM+231+R-1+4; DTM+137:20260301:102; RFF+ON:PO-7; DTM+67:20260312:102; ";

#[test]
fn a_line_of_an_order_response_says_what_comes_when() {
    let rows = [
        ("LIN+1+5+BOLT:IN; QTY+21:100", "100 on 2026-03-12"),
        (
            "LIN+1+5+BOLT:IN; QTY+21:100:PCE; DTM+17:202604010800:203",
            "100 on 2026-04-01",
        ),
        (
            "LIN+1+5+BOLT:IN; QTY+21:100; QTY+12:60",
            "60 on 2026-03-12, 40 some day",
        ),
        (
            "LIN+1+6+BOLT:IN; QTY+21:100; QTY+12:60; QTY+83:40",
            "60 on 2026-03-12, 40 some day",
        ),
        (
            "LIN+1+6+BOLT:IN; QTY+21:100; QTY+12:60; QTY+83:40; DTM+67:20260401:102",
            "60 on 2026-04-01, 40 some day",
        ),
        (
            "LIN+1+6+BOLT:IN; QTY+21:100; QTY+12:60; DTM+67:20260401:102; QTY+83:40; \
             DTM+67:20260501:102",
            "60 on 2026-04-01, 40 on 2026-05-01",
        ),
        (
            "LIN+1+6+BOLT:IN; QTY+21:100; QTY+83:40",
            "60 on 2026-03-12, 40 some day",
        ),
        (
            "LIN+1+6+BOLT:IN; QTY+21:100; QTY+85:40",
            "60 on 2026-03-12; 40 refused",
        ),
        (
            "LIN+1+6+BOLT:IN; QTY+21:100; QTY+12:60; QVR+-40:21+CP",
            "60 on 2026-03-12; 40 refused",
        ),
        (
            "LIN+1+6+BOLT:IN; QTY+21:100; QTY+12:60; QVR+-40:21+BP",
            "60 on 2026-03-12, 40 some day",
        ),
        (
            "LIN+1+3+BOLT:IN; QTY+21:100; QTY+113:120",
            "120 on 2026-03-12",
        ),
        ("LIN+1+24+BOLT:IN; QTY+21:100", "100 some day"),
        (
            "LIN+1+24+BOLT:IN; QTY+21:100; DTM+67:20260401:102",
            "100 on 2026-04-01",
        ),
        (
            "LIN+1+24+BOLT:IN; QTY+21:100; QTY+83:100; DTM+67:20260401:102",
            "100 on 2026-04-01",
        ),
        (
            "LIN+1+7+BOLT:IN; QTY+21:100; QTY+12:0",
            "nothing comes; 100 refused",
        ),
        ("LIN+1+2+BOLT:IN; QTY+21:100", "nothing comes; 100 refused"),
        ("LIN+1+4+BOLT:IN; QTY+21:100", "as it was"),
        (
            "LIN+1+5+BOLT:IN; QTY+21:100; DTM+67:20991231:102",
            "100 some day",
        ),
    ];
    for (line, comes) in rows {
        let expected = format!("line 1 (BOLT), 100 ordered: {comes}");
        assert_eq!(says(&format!("{HEAD}{line}; UNS+S")), expected, "{line}");
    }
}

#[test]
fn without_an_action_the_whole_response_decides() {
    let rows = [
        (
            "BGM+231+R-1+29; RFF+ON:PO-7; LIN+1++BOLT:IN; QTY+21:9",
            "line 1 (BOLT), 9 ordered: 9 when it is known to",
        ),
        (
            "BGM+231+R-1+4+AP; RFF+ON:PO-7; LIN+1++BOLT:IN; QTY+21:9",
            "line 1 (BOLT), 9 ordered: 9 when it is known to",
        ),
        (
            "BGM+231+R-1+27; RFF+ON:PO-7; LIN+1++BOLT:IN; QTY+21:9",
            "line 1 (BOLT), 9 ordered: nothing comes; 9 refused",
        ),
        (
            "BGM+231+R-1+9; RFF+ON:PO-7; LIN+1++BOLT:IN; QTY+21:9; QTY+12:9; DTM+67:20260312:102",
            "line 1 (BOLT), 9 ordered: 9 on 2026-03-12",
        ),
        (
            "BGM+231+R-1+27; RFF+ON:PO-7; UNS+S",
            "all other lines: nothing comes",
        ),
        (
            "BGM+231+R-1+29; RFF+ON:PO-7; DTM+2:20260312:102; UNS+S",
            "all other lines: come on 2026-03-12",
        ),
        (
            "BGM+231+R-1+1; RFF+ON:PO-7; LIN+1+5+BOLT:IN",
            "all other lines: come some day",
        ),
        (
            "BGM+231+R-1+9; RFF+ON:PO-7; LIN+1++BOLT:IN; QTY+21:9",
            "no: segment 3 (BGM): without an action, BGM 1225 has the unknown code \"9\"",
        ),
        (
            "BGM+231+R-1+99; RFF+ON:PO-7",
            "no: segment 3 (BGM): BGM 1225 has the unknown code \"99\"",
        ),
        (
            "BGM+231+R-1+29; LIN+1+5+BOLT:IN",
            "no: segment 2: there is no RFF+ON",
        ),
        ("RFF+ON:PO-7; UNS+S", "no: segment 2: there is no BGM"),
        (
            "BGM+231+R-1+29; RFF+ON:PO-7; LIN+1+99+BOLT:IN",
            "no: segment 5 (LIN): LIN 1229 has the unknown code \"99\"",
        ),
        (
            "BGM+231+R-1+29; RFF+ON:PO-7; LIN+1+5+BOLT:IN; RFF+ON:PO-8",
            "no: segment 6 (RFF): it answers another order, PO-8, too",
        ),
        (
            "BGM+231+R-1+29; RFF+ON:PO-7; LIN+1+5+BOLT:IN; QTY+12:1.5:PCE",
            "no: segment 6 (QTY): \"1.5\" is a fraction of a unit",
        ),
        (
            "BGM+231+R-1+29; RFF+ON:PO-7; LIN++5; QTY+12:1",
            "no: segment 5 (LIN): nothing names the line",
        ),
    ];
    for (segments, expected) in rows {
        assert_eq!(says(segments), expected, "{segments}");
    }
}

#[test]
fn a_line_is_named_by_number_article_and_reference() {
    let rows = [
        (
            "LIN+7+5+4006381333931:EN; PIA+1+V-1:SA+BOLT:IN",
            "line 7 (4006381333931, V-1, BOLT)",
        ),
        ("LIN+7+5; PIA+5+BOLT:IN; RFF+LI:2", "line 2 (BOLT)"),
        ("LIN+7+5; PIA+5+BOLT:IN; RFF+ON:PO-7:3", "line 3 (BOLT)"),
        // What stands in for the article is another one.
        ("LIN+7+5+BOLT:IN; PIA+3+NUT:IN", "line 7 (BOLT)"),
    ];
    for (line, named) in rows {
        let said = says(&format!("BGM+231+R-1+29; RFF+ON:PO-7; {line}; UNS+S"));
        assert_eq!(
            said,
            format!("{named}: the rest when it is known to"),
            "{line}"
        );
    }
}

#[test]
fn a_date_is_read_by_its_format() {
    let on = |date: &str| {
        let line = format!("LIN+1+5+BOLT:IN; DTM+67:{date}");
        says(&format!("BGM+231+R-1+29; RFF+ON:PO-7; {line}; UNS+S"))
    };
    for (date, day) in [
        ("20260312:102", "2026-03-12"),
        ("260312:101", "2026-03-12"),
        ("120326:2", "2026-03-12"),
        ("031226:3", "2026-03-12"),
        ("12032026:4", "2026-03-12"),
        ("202603120800:203", "2026-03-12"),
        ("2603120800:201", "2026-03-12"),
        ("2026030920260312:718", "2026-03-12"),
        // Of a week and of a month the last day.
        ("202611:616", "2026-03-15"),
        ("202653:616", "2027-01-03"),
        ("202602:610", "2026-02-28"),
        ("20260312", "2026-03-12"),
    ] {
        let expected = format!("line 1 (BOLT): the rest on {day}");
        assert_eq!(on(date), expected, "{date}");
    }
    for (date, why) in [
        ("12:109", "DTM 2379 has the unknown code \"109\""),
        ("202654:616", "\"202654\" is no date"),
        ("202613:610", "\"202613\" is no date"),
        ("1203:2", "\"1203\" is no date"),
    ] {
        let expected = format!("no: segment 6 (DTM): {why}");
        assert_eq!(on(date), expected, "{date}");
    }
}

#[test]
fn a_dispatch_advice_says_what_left_of_which_order() {
    let text = edifact(
        "DESADV",
        &[
            "BGM+351+D-1+9; DTM+11:20260302:102; DTM+17:20260305:102; RFF+ON:PO-7; CPS+1; \
             LIN+1++BOLT:IN; QTY+12:24; QTY+21:24; CPS+2+1; LIN+2++NUT:IN; QTY+12:6; RFF+ON:PO-8:4",
            "BGM+351+D-2+9; RFF+ON:PO-7; LIN+1++BOLT:IN; QTY+12:24; DTM+67:20260309:102; \
             LIN+1++BOLT:IN; QTY+12:6",
            "BGM+351++1; RFF+ON:PO-7",
            "BGM+351+D-4+9; LIN+1++BOLT:IN; QTY+12:24",
            "BGM+351+D-5+9; RFF+ON:PO-7; LIN+1++BOLT:IN; QTY+21:24",
        ],
    );
    assert_eq!(
        told(&text),
        [
            "dispatch D-1, left on 2026-03-02\n\
             order PO-7, arrives on 2026-03-05: 24 of line 1 (BOLT)\n\
             order PO-8, arrives on 2026-03-05: 6 of line 4 (NUT)",
            "dispatch D-2\norder PO-7, arrives on 2026-03-09: 30 of line 1 (BOLT)",
            "dispatch 42-3, cancels what was said",
            "no: segment 31 (LIN): there is no RFF+ON",
            "no: segment 34: there is no QTY+12",
        ]
    );
}

#[test]
fn a_stock_report_and_a_receipt_are_told() {
    let stock = edifact(
        "INVRPT",
        &["BGM+35+S-1+9; LIN+1++BOLT:IN; PIA+1+V-1:SA; QTY+145:40"],
    );
    assert_eq!(
        told(&stock),
        ["stock report S-1, which promises nothing\nline 1 (BOLT, V-1): 40 (code 145)"]
    );
    let receipt = edifact(
        "CONTRL",
        &[
            "UCI+7+SHOP:ZZ+4000001000005:14+7; UCM+1+ORDERS:D:96A:UN+4+12",
            "UCI+8+SHOP:ZZ+4000001000005:14+9",
        ],
    );
    assert_eq!(
        told(&receipt),
        [
            "our 7 was accepted\nORDERS 1 was rejected (codes 12)",
            "no: segment 7 (UCI): 0083 has the unknown code \"9\"",
        ]
    );
}

const ANSWER: &str = "BGM+231+R-1+29; RFF+ON:PO-7; LIN+1+5+BOLT:IN; QTY+21:9; DTM+67:20260312:102";
const SAYS: &str = "answer to order PO-7, their number R-1\n\
     line 1 (BOLT), 9 ordered: 9 on 2026-03-12";

#[test]
fn the_service_characters_are_those_of_the_una_or_the_usual_ones() {
    let text = edifact("ORDRSP", &[ANSWER]);
    let with = |una: &str, [component, element, terminator]: [&str; 3]| {
        let text = text
            .replace(':', "\u{1}")
            .replace('+', "\u{2}")
            .replace('\'', "\u{3}");
        let text = text.replace('\u{1}', component).replace('\u{2}', element);
        format!("{una}{}", text.replace('\u{3}', terminator))
    };
    let texts = [
        text.clone(),
        format!("UNA:+.? '{text}"),
        format!("\u{feff}\r\nUNA:+,? '\r\n{text}"),
        format!("UNA:+.  '{text}"),
        with("UNA:+.? #", [":", "+", "#"]),
        with("UNA|*.\\ ~\n", ["|", "*", "~"]),
        text.replace('\n', ""),
        text.replace('\n', "\r\n"),
        text.replace("'\n", "''\n"),
        format!("see below\n{text}\nbye"),
    ];
    for text in texts {
        let read = one(&text);
        assert_eq!(read.standard, Standard::Edifact, "{text}");
        assert_eq!(
            (read.sender.id.as_str(), read.control.as_str()),
            ("4000001000005", "42")
        );
        assert!(read.notes.is_empty(), "{text}: {:?}", read.notes);
        assert_eq!(told(&text), [SAYS], "{text}");
    }
    // Other characters without a UNA that names them.
    let other = with("", ["=", "\"", ";"]);
    let fault = one(&other).fault.unwrap().to_string();
    assert_eq!(
        fault,
        "segment 1 (UNB): the separators cannot be told from it"
    );
}

#[test]
fn released_characters_are_data() {
    let text = edifact(
        "ORDRSP",
        &["BGM+231+R?+1?'?:?+29; RFF+ON:PO-7; LIN+1+5+BO??LT:IN; QTY+21:9"],
    );
    // `?+29` is part of the number: 1225 is missing, and the line has an action.
    assert_eq!(
        told(&text),
        ["answer to order PO-7, their number R+1':+29\n\
          line 1 (BO?LT), 9 ordered: 9 when it is known to"]
    );
    let comma = format!(
        "UNA:+,? '{}",
        edifact(
            "ORDRSP",
            &["BGM+231+R-1+29; RFF+ON:PO-7; LIN+1+5+BOLT:IN; QTY+21:9,0"]
        )
    );
    assert!(told(&comma)[0].ends_with("9 ordered: 9 when it is known to"));
}

#[test]
fn a_bad_message_never_loses_its_neighbours() {
    let bad = "BGM+231+R-1+29; RFF+ON:PO-7; LIN+1+99+BOLT:IN; QTY+21:9; UNS+S";
    let text = edifact("ORDRSP", &[ANSWER, bad, ANSWER]);
    let rows = [
        (
            text.clone(),
            "no: segment 12 (LIN): LIN 1229 has the unknown code \"99\"",
        ),
        (
            text.replace("UNT+7+2'\n", ""),
            "no: segment 9 (UNH): UNT is missing: what it begins does not end",
        ),
        (
            text.replace("UNT+7+2'", "UNT+8+2'"),
            "no: segment 15 (UNT): it counts 8 segments, but 7 are there",
        ),
        (
            text.replace("UNT+7+2'", "UNT+7+3'"),
            "no: segment 15 (UNT): it ends \"3\", but \"2\" began",
        ),
        (
            text.replace("UNH+2+", "UNH+1+")
                .replace("UNT+7+2'", "UNT+7+1'"),
            "no: segment 9 (UNH): control number \"1\" was used before in this interchange",
        ),
        (
            text.replace("UNH+2+ORDRSP", "UNH+2+INVOIC"),
            "no: segment 9 (UNH): \"INVOIC\" is no message that a supplier answers with",
        ),
    ];
    for (text, why) in rows {
        assert_eq!(told(&text), [SAYS, why, SAYS], "{text}");
    }
    let lenient = Profile {
        any_trailer: true,
        ..Profile::default()
    };
    let wrong = edifact("ORDRSP", &[ANSWER]).replace("UNT+7+1'", "UNT+17+9'");
    assert_eq!(told_with(&wrong, &lenient), [SAYS]);
}

#[test]
fn groups_and_several_interchanges_are_read_and_wrong_ends_are_noted() {
    let text = edifact("ORDRSP", &[ANSWER]);
    let in_group = text
        .replace("UNH+1", "UNG+ORDRSP+S:14+R:14+260301:0800+5+UN+D:96A'UNH+1")
        .replace("UNZ+1", "UNE+1+5'UNZ+1");
    let read = one(&in_group);
    assert!(read.notes.is_empty(), "{:?}", read.notes);
    assert_eq!(
        (
            read.groups[0].kind.as_str(),
            read.groups[0].control.as_str()
        ),
        ("ORDRSP", "5")
    );
    let rows = [
        (
            text.replace("UNZ+1+42", "UNZ+2+42"),
            "it counts 2 groups or messages, 1 are there",
        ),
        (
            text.replace("UNZ+1+42", "UNZ+1+43"),
            "interchange 42 ends as 43",
        ),
        (
            text.replace("UNZ+1+42'\n", ""),
            "UNZ is missing: the end of the interchange may be lost",
        ),
        (
            in_group.replace("UNE+1+5", "UNE+2+5"),
            "group 5 counts 2 messages, 1 are there",
        ),
    ];
    for (text, note) in &rows {
        assert_eq!(one(text).notes, [*note]);
        assert_eq!(told(text), [SAYS]);
    }
    // Also after one that does not end, and beside X12.
    let x12 = crate::x12("855", &["BAK*00*RJ*PO-9"]);
    let file = format!("{}UNA:+.? '{text}{x12}{text}", rows[2].0);
    let said = told(&file);
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[2].starts_with("answer to order PO-9"));
}

#[test]
fn orders_and_their_cancellation_are_written() {
    let text = write_order(Standard::Edifact, &envelope(), &order()).unwrap();
    assert_eq!(
        text,
        "UNB+UNOC:3+SHOP+ACME:01+260301:0930+7'\n\
         UNH+1+ORDERS:D:96A:UN'\n\
         BGM+220+PO-7+9'\n\
         DTM+137:20260228:102'\n\
         DTM+2:20260312:102'\n\
         NAD+BY+SHOP::92'\n\
         NAD+SU+ACME::92'\n\
         LIN+1'\n\
         PIA+5+BOLT:IN'\n\
         QTY+21:100:EA'\n\
         LIN+2'\n\
         PIA+5+NUT:IN'\n\
         QTY+21:5:EA'\n\
         UNS+S'\n\
         CNT+2:2'\n\
         UNT+15+1'\n\
         UNZ+1+7'\n"
    );
    assert!(one(&text).notes.is_empty());
    let cancels = write_cancellation(Standard::Edifact, &envelope(), &order()).unwrap();
    assert!(cancels.contains("BGM+230+PO-7+1'\n"), "{cancels}");
    assert!(cancels.contains("RFF+ON:PO-7'\n"), "{cancels}");
    assert!(cancels.contains("LIN+1+2'\n"), "{cancels}");
    let mut odd = order();
    odd.number = "PO+7's".into();
    odd.lines[0].sku = "BÖLT:?*".into();
    let text = write_order(Standard::Edifact, &envelope(), &odd).unwrap();
    assert!(
        text.starts_with("UNB+UNOY:4+SHOP+ACME:01+20260301:0930+7'"),
        "{text}"
    );
    assert!(text.contains("BGM+220+PO?+7?'s+9'"), "{text}");
    assert!(text.contains("PIA+5+BÖLT?:???*:IN'"), "{text}");
    assert!(one(&text).notes.is_empty());
}

#[test]
fn a_contrl_answers_each_message() {
    let bad = "BGM+231+R-1+29; RFF+ON:PO-7; LIN+1+5+BOLT:IN; QTY+21:9.5:PCE";
    let text = edifact("ORDRSP", &[ANSWER, bad]);
    let answer = write_receipt(&envelope(), &one(&text)).unwrap().unwrap();
    let inside: Vec<&str> = answer.lines().skip(1).collect();
    assert_eq!(
        inside,
        [
            "UNH+1+CONTRL:D:3:UN'",
            "UCI+42+4000001000005:14+SHOP:ZZ+7'",
            "UCM+1+ORDRSP:D:96A:UN+7'",
            "UCM+2+ORDRSP:D:96A:UN+4+12'",
            "UNT+5+1'",
            "UNZ+1+7'",
        ]
    );
    assert_eq!(
        told(&answer),
        ["our 42 was accepted\nORDRSP 1 was accepted\nORDRSP 2 was rejected (codes 12)"]
    );
    assert_eq!(write_receipt(&envelope(), &one(&answer)).unwrap(), None);
    let nobody = Envelope {
        sender: Party::default(),
        ..envelope()
    };
    assert_eq!(
        write_receipt(&nobody, &one(&text)).unwrap_err().to_string(),
        "the sender is empty"
    );
}
