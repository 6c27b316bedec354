//! Interchanges as they are found: separators, wrapping, missing and wrong ends. A bad transaction
//! never loses its neighbours.

use backorder_edi::{MAX_FILE_BYTES, Profile, Reason, Standard, read};

use crate::{one, told, x12};

const ANSWER: &str = "BAK*00*AC*PO-7*20260228; PO1*1*9*EA***BP*BOLT; ACK*IA*9*EA*067*20260312";
const SAYS: &str = "answer to order PO-7\nline 1 (BOLT), 9 ordered: 9 on 2026-03-12";

#[test]
fn the_header_is_read_by_its_separators() {
    let text = x12("855", &[ANSWER]);
    let with = |element: &str, terminator: &str| {
        let text = text.replace("~\n", "\u{1}").replace('*', element);
        text.replace('\u{1}', terminator)
    };
    let texts = [
        text.clone(),
        with("*", "~"),
        with("*", "\n"),
        with("*", "\r\n"),
        with("|", "~\r\n"),
        with("+", "'"),
        with("\u{1d}", "\u{1c}"),
        with("\u{1d}", "\u{1c}\n"),
        with("¦", "~"),
        with("*", "\u{2026}"),
        with("\u{2021}", "\u{2026}\n"),
        // Widths are wrong, blanks are missing, more stand before it.
        text.replace("ACME           ", "ACME"),
        text.replace("          *00*          ", "*00*"),
        format!("\u{feff}\r\n{text}"),
        format!("Subject: your order\n\n{text}\n\n-- \nsent by ACME"),
        // ISA16 is empty, or missing.
        text.replacen("*>~", "*~", 1),
        text.replacen("*P*>~\n", "*P~", 1),
    ];
    for text in texts {
        let read = one(&text);
        assert_eq!(read.standard, Standard::X12);
        assert_eq!(read.sender.id, "ACME", "{text}");
        assert_eq!(read.receiver.id, "SHOP");
        assert_eq!(read.control, "000000042");
        assert_eq!(read.sent.unwrap().to_string(), "2026-03-01");
        assert_eq!(told(&text), [SAYS], "{text:?}");
        assert!(read.notes.is_empty(), "{text:?}");
    }
    let bytes: Vec<u8> = text.replace('~', "\u{85}").chars().map(latin).collect();
    let read = read(&bytes, &Profile::default()).unwrap();
    assert_eq!(
        read[0].groups[0].transactions[0]
            .says
            .as_ref()
            .unwrap()
            .to_string(),
        SAYS
    );
}

fn latin(it: char) -> u8 {
    u8::try_from(u32::from(it)).unwrap()
}

#[test]
fn text_that_is_wrapped_in_the_middle_of_elements_is_read() {
    let text = x12("855", &[ANSWER]).replace("~\n", "~");
    for width in [80, 7] {
        let chars: Vec<char> = text.chars().collect();
        let lines: Vec<String> = chars.chunks(width).map(|it| it.iter().collect()).collect();
        for end in ["\n", "\r\n"] {
            let text = lines.join(end);
            assert_eq!(told(&text), [SAYS], "{width} {end:?}");
        }
    }
}

#[test]
fn a_bad_transaction_never_loses_its_neighbours() {
    let bad = "BAK*00*AC*PO-8; PO1*1*9*EA***BP*BOLT; ACK*QQ";
    let text = x12("855", &[ANSWER, bad, ANSWER]);
    let unended = text.replace("SE*5*0002~\n", "");
    let miscounted = text.replace("SE*5*0002~\n", "SE*6*0002~\n");
    let renamed = text.replace("SE*5*0002~\n", "SE*5*0003~\n");
    let repeated = text
        .replace("855*0002~", "855*0001~")
        .replace("SE*5*0002", "SE*5*0001");
    let rows = [
        (
            text,
            "no: segment 11 (ACK): ACK01 has the unknown code \"QQ\"",
        ),
        (
            unended,
            "no: segment 8 (ST): SE is missing: what it begins does not end",
        ),
        (
            miscounted,
            "no: segment 12 (SE): it counts 6 segments, but 5 are there",
        ),
        (
            renamed,
            "no: segment 12 (SE): it ends \"0003\", but \"0002\" began",
        ),
        (
            repeated,
            "no: segment 8 (ST): control number \"0001\" was used before in this interchange",
        ),
    ];
    for (text, why) in rows {
        assert_eq!(told(&text), [SAYS, why, SAYS]);
        assert!(one(&text).notes.is_empty());
    }
}

#[test]
fn a_partner_may_be_known_to_count_wrongly() {
    let text = x12("855", &[ANSWER]).replace("SE*5*0001", "SE*9*0007");
    let lenient = Profile {
        any_trailer: true,
        ..Profile::default()
    };
    assert_eq!(crate::told_with(&text, &lenient), [SAYS]);
}

#[test]
fn wrong_ends_of_groups_and_interchanges_are_noted_and_what_is_whole_is_read() {
    let text = x12("855", &[ANSWER]);
    let rows = [
        (
            text.replace("GE*1*42", "GE*2*42"),
            "group 42 counts 2 transactions, 1 are there",
        ),
        (text.replace("GE*1*42", "GE*1*43"), "group 42 ends as 43"),
        (
            text.replace("IEA*1*", "IEA*3*"),
            "it counts 3 groups, 1 are there",
        ),
        (
            text.replace("IEA*1*000000042", "IEA*1*000000041"),
            "interchange 000000042 ends as 000000041",
        ),
        (
            text.replace("IEA*1*000000042~\n", ""),
            "IEA is missing: the end of the interchange may be lost",
        ),
        (
            text.replace("ST*855", "NTE*x~\nST*855"),
            "segment 3 (NTE) stands outside of a transaction",
        ),
    ];
    for (text, note) in rows {
        assert_eq!(one(&text).notes, [note]);
        assert_eq!(told(&text), [SAYS]);
    }
}

#[test]
fn several_interchanges_stand_in_one_file_also_after_one_that_is_broken() {
    let text = x12("855", &[ANSWER]);
    let unended = text.replace("IEA*1*000000042~\n", "");
    let broken = text.replace("*U*00401*000000042*0*P*>~", "~");
    for texts in [
        [&text, &text, &text],
        [&unended, &text, &unended],
        [&text, &broken, &text],
        [&broken, &text, &broken],
    ] {
        let file = format!("{}{}{}", texts[0], texts[1], texts[2]);
        let whole = texts.iter().filter(|it| ***it != broken).count();
        let read = read(file.as_bytes(), &Profile::default()).unwrap();
        assert_eq!(read.len(), 3, "{file}");
        let faults = read.iter().filter_map(|it| it.fault.as_ref());
        let told_faults: Vec<String> = faults.map(ToString::to_string).collect();
        assert_eq!(told_faults.len(), 3 - whole);
        for fault in told_faults {
            assert_eq!(
                fault,
                "segment 1 (ISA): the separators cannot be told from it"
            );
        }
        assert_eq!(told(&file), vec![SAYS; whole]);
    }
}

#[test]
fn what_is_no_message_has_no_interchange_and_what_is_too_large_is_refused() {
    for text in [
        "",
        "ISA",
        "ISABELLA*",
        "order;quantity\n1;2\n",
        "ISA*",
        "\u{0}\u{1}",
    ] {
        let read = read(text.as_bytes(), &Profile::default()).unwrap();
        assert_eq!(
            read.iter().filter(|it| it.fault.is_none()).count(),
            0,
            "{text:?}"
        );
    }
    let large = vec![b' '; MAX_FILE_BYTES + 1];
    assert!(matches!(
        read(&large, &Profile::default()),
        Err(Reason::TooLarge { .. })
    ));
    let many = x12("855", &[]).repeat(1_001);
    assert!(matches!(
        read(many.as_bytes(), &Profile::default()),
        Err(Reason::TooLarge {
            what: "interchanges",
            ..
        })
    ));
}

#[test]
fn transactions_after_the_most_are_told_and_not_read() {
    let many = x12("855", &vec![ANSWER; 10_001]);
    let read = one(&many);
    assert_eq!(read.transactions().count(), 10_000);
    let fault = read.fault.unwrap().to_string();
    assert!(
        fault.contains("more than 10000 transactions in a file"),
        "{fault}"
    );
}
