//! What a message comes to for the purchase order that it is about.

use backorder_edi::{
    ArticleId, Articles, Counted, Document, Fact, KnownDispatch, KnownLine, KnownOrder, MessageId,
    Profile, Whose, message_id, of_answer, of_dispatch,
};

use crate::{edifact, one, told_with, x12};

/// 100 bolts, of which so many have gone, and 10 m of wire that is counted in centimetres.
pub(crate) fn order(gone: u32) -> KnownOrder {
    let line = |number, sku: &str, unit, step, pending, gone| KnownLine {
        number,
        sku: sku.into(),
        former_skus: Vec::new(),
        names: Vec::new(),
        counted: Counted::of_item(unit),
        step,
        ordered: pending + gone,
        pending,
        gone,
    };
    KnownOrder {
        lines: vec![
            line(1, "BOLT", "", 1_000_000, 100 - gone, gone),
            line(2, "WIRE", "m", 10_000, 1_000, 0),
        ],
        dispatches: vec![KnownDispatch {
            id: "N-0".into(),
            lines: vec![(1, 3), (2, 50)],
            arrives: "2026-03-02".parse().ok(),
            counted: false,
        }],
    }
}

/// What the first transaction of a text comes to, in short.
fn comes_to(text: &str, order: &KnownOrder) -> String {
    let read = one(text);
    let fact = match read.groups[0].transactions[0].says.as_ref().unwrap() {
        Document::Answer(answer) => of_answer(answer, order),
        Document::Dispatch(advice) => of_dispatch(advice, &advice.orders[0], order),
        other @ (Document::Stock(_) | Document::Receipt(_)) => panic!("{other}"),
    };
    match fact {
        Ok(fact) => told(&fact),
        Err(why) => format!("no: {why}"),
    }
}

fn told(fact: &Fact) -> String {
    match fact {
        Fact::Schedule { lines, reason } => {
            let lines = lines.iter().map(|line| {
                let parts = line.parts.iter();
                let parts: Vec<String> = parts.map(|(it, when)| format!("{it} {when}")).collect();
                let whole = if line.is_whole { " whole" } else { "" };
                format!("{} {}{whole}: {}", line.line, line.sku, parts.join(", "))
            });
            let lines: Vec<String> = lines.collect();
            format!("{}{reason}", lines.join("; "))
        }
        Fact::Dispatch {
            dispatch,
            arrives,
            lines,
        } => {
            let lines = lines.iter();
            let lines: Vec<String> = lines.map(|it| format!("{} {}", it.steps, it.sku)).collect();
            format!("{dispatch} {arrives}: {}", lines.join(", "))
        }
        Fact::Later { lines, arrives } => {
            let skus: Vec<&str> = lines.iter().map(|(_, sku)| sku.as_str()).collect();
            format!("{} on {arrives}", skus.join(", "))
        }
        Fact::Nothing(why) => (*why).to_owned(),
    }
}

fn answer(lines: &str) -> String {
    x12("855", &[&format!("BAK*00*AC*PO-7; {lines}")])
}

#[test]
fn a_line_is_that_of_the_article_else_that_of_the_number() {
    let rows = [
        (
            "PO1*1*100*EA***BP*BOLT; ACK*IB",
            "1 BOLT whole: 100 some day",
        ),
        // Their own numbering, and text for a number.
        (
            "PO1*9*100*EA***BP*BOLT; ACK*IB",
            "1 BOLT whole: 100 some day",
        ),
        (
            "PO1*item-1*100*EA***UP*BOLT; ACK*IB",
            "1 BOLT whole: 100 some day",
        ),
        (
            "PO1**100*EA***VN*V-1*SK*BOLT; ACK*IB",
            "1 BOLT whole: 100 some day",
        ),
        // Their own article alone says nothing to us.
        (
            "PO1*001*100*EA***VN*V-1; ACK*IB",
            "1 BOLT whole: 100 some day",
        ),
        ("PO1*1*100*EA; ACK*IB", "1 BOLT whole: 100 some day"),
        (
            "PO1*3*100*EA***VN*V-1; ACK*IB",
            "no: the order has no line 3 (V-1)",
        ),
        (
            "PO1*first*100*EA; ACK*IB",
            "no: the order has no line first",
        ),
        (
            "PO1*1*100*EA***BP*NUT; ACK*IB",
            "no: line 1 (NUT): the order has BOLT on line 1",
        ),
        (
            "PO1*1*100*EA; ACK*IB; PO1*2*100*EA***BP*BOLT; ACK*IB",
            "no: it speaks of line 1 of the order twice",
        ),
    ];
    for (lines, expected) in rows {
        assert_eq!(comes_to(&answer(lines), &order(0)), expected, "{lines}");
    }
    let added = x12("865", &["BCA*00*AC*PO-7; POC*1*AI*5**EA***VN*V-9"]);
    assert_eq!(
        comes_to(&added, &order(0)),
        "no: the order has no line of V-9"
    );
    let mut twice = order(0);
    twice.lines[1].sku = "BOLT".into();
    twice.lines[1].counted = Counted::Pieces;
    let by_both = answer("PO1*2*100*EA***BP*BOLT; ACK*IR");
    assert_eq!(comes_to(&by_both, &twice), "2 BOLT: ");
    let by_article = answer("PO1**100*EA***BP*BOLT; ACK*IR");
    assert_eq!(
        comes_to(&by_article, &twice),
        "no: line of BOLT: several lines of the order have it"
    );
}

#[test]
fn a_number_that_a_message_counts_itself_names_no_line_of_ours() {
    // A message counts its own lines; what it gives back of ours is a reference.
    for (line, expected) in [
        (
            "LIN+1+5+4006381333931:EN",
            "no: line 1 (4006381333931): the order has BOLT on line 1",
        ),
        (
            "LIN+9+5+4006381333931:EN; RFF+LI:1",
            "1 BOLT whole: 100 when it is known to",
        ),
        (
            "LIN+9+5+4006381333931:EN; RFF+ON:PO-7:1",
            "1 BOLT whole: 100 when it is known to",
        ),
        ("LIN+9+5+BOLT:EN", "1 BOLT whole: 100 when it is known to"),
        ("LIN+1+5", "1 BOLT whole: 100 when it is known to"),
    ] {
        let text = edifact("ORDRSP", &[&format!("BGM+231+R-1+29; RFF+ON:PO-7; {line}")]);
        assert_eq!(comes_to(&text, &order(0)), expected, "{line}");
    }
}

#[test]
fn a_line_is_that_of_the_suppliers_own_number_and_of_a_gtin() {
    let mut order = order(0);
    let name = |of, id: &str| ArticleId { of, id: id.into() };
    order.lines[0].names = vec![
        name(Whose::Supplier, "V-1"),
        name(Whose::Gtin, "614141007349"),
    ];
    order.lines[0].former_skus = vec!["SCREW".into()];
    let whole = "1 BOLT whole: 100 some day";
    for (line, expected) in [
        ("PO1*9*100*EA***VN*V-1; ACK*IB", whole),
        ("PO1*9*100*EA***SK*V-1; ACK*IB", whole),
        ("PO1**100*EA***UP*614141007349; ACK*IB", whole),
        ("PO1**100*EA***EN*0614141007349; ACK*IB", whole),
        ("PO1**100*EA***UK*00614141007349; ACK*IB", whole),
        // Theirs of another article, whatever the number of the line.
        (
            "PO1*1*100*EA***VN*V-2; ACK*IB",
            "no: line 1 (V-2): the order has BOLT on line 1",
        ),
        (
            "PO1*1*100*EA***EN*4006381333931; ACK*IB",
            "no: line 1 (4006381333931): the order has BOLT on line 1",
        ),
        // As it was called when it was ordered.
        ("PO1*9*100*EA***BP*SCREW; ACK*IB", whole),
        // Our own number, which is theirs of something else.
        (
            "PO1**100*EA***VN*BOLT; ACK*IB",
            "no: the order has no line of BOLT",
        ),
        // Nobody has said what they call the wire.
        (
            "PO1*2*10*MR***VN*V-2; ACK*IB",
            "2 WIRE whole: 1000 some day",
        ),
        (
            "PO1**10*MR***VN*V-2; ACK*IB",
            "no: the order has no line of V-2",
        ),
    ] {
        assert_eq!(comes_to(&answer(line), &order), expected, "{line}");
    }
}

#[test]
fn a_pack_holds_what_is_known_of_its_article_before_what_is_agreed_for_all() {
    let mut articles = Articles::default();
    let bolt = [
        (Whose::Supplier, "V-1"),
        (Whose::Gtin, "0614141007349"),
        (Whose::Buyer, "BOLT"),
    ];
    articles.add(bolt, "CA", 50);
    articles.add([(Whose::Buyer, "SOCK")], "PR", 1);
    // Our own V-1 is another article than theirs.
    articles.add([(Whose::Buyer, "V-1")], "CA", 7);
    let profile = Profile {
        units: [("CA".to_owned(), 12)].into(),
        articles,
        ..Profile::default()
    };
    for (line, expected) in [
        (
            "PO1*1*2*CA***VN*V-1; ACK*IA",
            "line 1 (V-1), 100 ordered: 100 when it is known to",
        ),
        (
            "PO1*1*100*EA***UP*614141007349; ACK*IA*1*CA; ACK*IB*1*CA",
            "line 1 (614141007349), 100 ordered: 50 when it is known to, 50 some day",
        ),
        (
            "PO1*2*2*CA***VN*V-9; ACK*IA",
            "line 2 (V-9), 24 ordered: 24 when it is known to",
        ),
        (
            "PO1*3*2*PR***BP*SOCK; ACK*IA",
            "line 3 (SOCK), 2 ordered: 2 when it is known to",
        ),
        (
            "PO1*4*2*PR***BP*BOLT; ACK*IA",
            "line 4 (BOLT), 4 ordered: 4 when it is known to",
        ),
    ] {
        let told = told_with(&answer(line), &profile).remove(0);
        assert!(told.ends_with(expected), "{told}");
    }
}

#[test]
fn what_has_gone_is_taken_off_the_parts_that_come_first() {
    const SPLIT: &str =
        "PO1*1*100*EA***BP*BOLT; ACK*IA*60*EA*067*20260312; ACK*IB*40*EA*067*20260401";
    let rows = [
        (0, SPLIT, "1 BOLT: 60 on 2026-03-12, 40 on 2026-04-01"),
        (20, SPLIT, "1 BOLT: 40 on 2026-03-12, 40 on 2026-04-01"),
        (70, SPLIT, "1 BOLT: 30 on 2026-04-01"),
        (100, SPLIT, "1 BOLT: "),
        // What has left is of what was known to come, not of what is dated anew.
        (
            40,
            "PO1*1*100*EA***BP*BOLT; ACK*IA*60*EA*067*20260312; ACK*IA*40*EA",
            "1 BOLT: 60 on 2026-03-12",
        ),
        (
            30,
            "PO1*1*100*EA***BP*BOLT; ACK*IA*60*EA*067*20260312; ACK*IA*20*EA; ACK*AC*20*EA",
            "1 BOLT: 60 on 2026-03-12, 10 when it is known to",
        ),
        (20, "PO1*1*100*EA***BP*BOLT; ACK*IR", "1 BOLT: "),
        (
            20,
            "PO1*1*100*EA***BP*BOLT; ACK*IQ*60*EA",
            "1 BOLT: 40 when it is known to",
        ),
        // The rest of the line, by the order.
        (
            20,
            "PO1*1**EA***BP*BOLT; ACK*IB*40*EA",
            "1 BOLT: 40 when it is known to, 40 some day",
        ),
        (
            0,
            "PO1*1**EA***BP*BOLT; ACK*IR*30*EA",
            "1 BOLT: 70 when it is known to",
        ),
        // Forty were refused before; said again, and all accepted after all.
        (
            0,
            "PO1*1**EA***BP*BOLT; ACK*R2*40*EA; ACK*IA***067*20260312",
            "1 BOLT: 60 on 2026-03-12",
        ),
        (
            0,
            "PO1*1*100*EA***BP*BOLT; ACK*IA*120*EA",
            "1 BOLT: 120 when it is known to",
        ),
    ];
    let mut fewer = order(0);
    fewer.lines[0].pending = 60;
    let again = answer("PO1*1**EA***BP*BOLT; ACK*R2*40*EA; ACK*IA***067*20260319");
    assert_eq!(comes_to(&again, &fewer), "1 BOLT whole: 60 on 2026-03-19");
    let after_all = answer("PO1*1**EA***BP*BOLT; ACK*IA***067*20260319");
    assert_eq!(comes_to(&after_all, &fewer), "1 BOLT: 100 on 2026-03-19");
    for (gone, lines, expected) in rows {
        assert_eq!(
            comes_to(&answer(lines), &order(gone)),
            expected,
            "{gone} {lines}"
        );
    }
}

#[test]
fn whole_units_are_steps_of_an_item_that_has_them() {
    let wire = "PO1*2*10*MR***BP*WIRE; ACK*IA*4*MR*067*20260312; ACK*IB*6*MR";
    assert_eq!(
        comes_to(&answer(wire), &order(0)),
        "2 WIRE: 400 on 2026-03-12, 600 some day"
    );
    for (lines, expected) in [
        (
            "PO1*2*10.25*MR***BP*WIRE; ACK*IA*4.5*MR*067*20260312; ACK*IB*5.75*MR",
            "2 WIRE: 450 on 2026-03-12, 575 some day",
        ),
        (
            "PO1*2*10****BP*WIRE; ACK*IA",
            "2 WIRE whole: 1000 when it is known to",
        ),
        (
            "PO1*2*10.001*MR***BP*WIRE; ACK*IA",
            "no: 10.001 of line 2 is a fraction of what its item is counted in",
        ),
        (
            "PO1*2*10*EA***BP*WIRE; ACK*IA",
            "no: line 2 is counted in metres, and the message counts it in pieces",
        ),
        (
            "PO1*2*10*YD***BP*WIRE; ACK*IA",
            "no: line 2 is counted in metres, and the message counts it in yards",
        ),
        (
            "PO1*1*10*KG***BP*BOLT; ACK*IA",
            "no: line 1 is counted in pieces, and the message counts it in kilograms",
        ),
    ] {
        assert_eq!(comes_to(&answer(lines), &order(0)), expected, "{lines}");
    }
    let much = "PO1*2*10*MR***BP*WIRE; ACK*IA*99000000*MR";
    assert_eq!(
        comes_to(&answer(much), &order(0)),
        "no: line 2 would have more than 1,000,000,000 steps"
    );
}

#[test]
fn lines_that_are_not_named_follow_the_head_and_what_is_to_be_approved_is_kept() {
    let rows = [
        (
            "BAK*00*AD*PO-7; DTM*067*20260312",
            "1 BOLT: 80 on 2026-03-12; 2 WIRE whole: 1000 on 2026-03-12",
        ),
        ("BAK*00*RJ*PO-7", "1 BOLT: ; 2 WIRE: "),
        (
            "BAK*01*AC*PO-7",
            "1 BOLT: 80 some day; 2 WIRE whole: 1000 some day",
        ),
        (
            "BAK*00*AE*PO-7; PO1*1*100*EA***BP*BOLT; ACK*IR",
            "1 BOLT: ; 2 WIRE whole: 1000 when it is known to",
        ),
        (
            "BAK*00*AC*PO-7; PO1*2*10*MR***BP*WIRE; ACK*IP",
            "2 WIRE whole: 1000 when it is known toto approve: line 2: the price",
        ),
    ];
    for (segments, expected) in rows {
        assert_eq!(
            comes_to(&x12("855", &[segments]), &order(20)),
            expected,
            "{segments}"
        );
    }
    let price = x12(
        "865",
        &["BCA*00*AC*PO-7; POC*1*PC*100*100*EA*3.20***BP*BOLT"],
    );
    assert_eq!(
        comes_to(&price, &order(0)),
        "no: somebody has to approve line 1: the price 3.20"
    );
    // A yes to all takes a refusal back.
    let mut refused = order(20);
    refused.lines[0].pending = 0;
    refused.lines[1].pending = 0;
    refused.lines[1].gone = 1_000;
    assert_eq!(
        comes_to(&x12("855", &["BAK*00*AK*PO-7"]), &refused),
        "1 BOLT: 80 when it is known to"
    );
    let none = x12("865", &["BCA*00*AC*PO-7; POC*1*NC*100*100*EA***BP*BOLT"]);
    assert_eq!(
        comes_to(&none, &order(0)),
        "it changes nothing of the order"
    );
}

#[test]
fn a_dispatch_is_announced_once_and_never_changed() {
    let dispatch = |number: &str, purpose: &str, lines: &str| {
        let text = format!("BSN*{purpose}*{number}*20260302; HL*1**O; PRF*PO-7; HL*2*1*I; {lines}");
        x12("856", &[&text])
    };
    let lines = "LIN*1*BP*BOLT; SN1*1*3*EA; HL*3*1*I; LIN*1*VP*V-1*BP*BOLT; SN1*1*2*EA";
    let rows = [
        ("N-1", "00", "N-1 2026-03-02: 5 BOLT"),
        ("N-1", "05", "N-1 2026-03-02: 5 BOLT"),
        (
            "N-0",
            "00",
            "no: dispatch N-0 was announced with other contents: count what does come",
        ),
        (
            "N-1",
            "01",
            "no: it cancels dispatch N-1, which a person has to settle: count what does come",
        ),
    ];
    for (number, purpose, expected) in rows {
        let text = dispatch(number, purpose, lines);
        assert_eq!(comes_to(&text, &order(0)), expected, "{number} {purpose}");
    }
    // By its own numbering alone, an article that nobody knows is another one's line.
    let theirs = dispatch("N-2", "00", "LIN*1*VP*V-1; SN1*1*2*EA");
    let left = "no: line 1 (V-1): the order has BOLT on line 1";
    assert_eq!(comes_to(&theirs, &order(0)), left);
    let mut known = order(0);
    known.dispatches[0].lines = vec![(1, 5)];
    let again = dispatch("N-0", "05", lines);
    assert_eq!(
        comes_to(&again, &known),
        "the dispatch was announced before"
    );
    // On another day: of these lines alone, if nothing else of them is to come.
    let later = again.replace("20260302", "20260305");
    assert_eq!(
        comes_to(&later, &known),
        "no: dispatch N-0 arrives on 2026-03-05 now, as not all of its lines do"
    );
    known.lines[0].pending = 0;
    assert_eq!(comes_to(&later, &known), "BOLT on 2026-03-05");
    known.dispatches.push(KnownDispatch {
        id: "N-00".into(),
        ..known.dispatches[0].clone()
    });
    assert!(comes_to(&later, &known).starts_with("no: dispatch N-0 arrives"));
    known.dispatches[1].counted = true;
    assert_eq!(comes_to(&later, &known), "BOLT on 2026-03-05");
    known.dispatches[0].counted = true;
    assert_eq!(
        comes_to(&later, &known),
        "the dispatch was announced before"
    );
}

#[test]
fn the_same_message_has_the_same_id_and_another_one_another() {
    let id = |text: &str| -> MessageId {
        let read = one(text);
        let group = &read.groups[0];
        let of = (&read, group, &group.transactions[0]);
        match group.transactions[0].says.as_ref().unwrap() {
            Document::Answer(it) => message_id(of, (&it.order, &it.number, it.purpose), 1),
            other @ (Document::Dispatch(_) | Document::Stock(_) | Document::Receipt(_)) => {
                panic!("{other}")
            }
        }
    };
    let text = answer("PO1*1*100*EA***BP*BOLT; ACK*IB");
    let numbers = "ACME/855/000000042/42/0001/PO-7//original/1";
    assert_eq!(id(&text).numbers, numbers);
    assert!(id(&text).id.starts_with(&format!("{numbers}/")), "{text}");
    assert_eq!(
        id(&edifact("ORDRSP", &["BGM+231+R-1+29; RFF+ON:PO/7"])).numbers,
        "4000001000005/ORDRSP/42//1/PO%2F7/R-1/original/1"
    );
    for other in [
        text.replace("ACME ", "ACNE "),
        text.replace("000000042", "000000043"),
        text.replace("*0001~", "*0002~"),
        text.replace("PO-7", "PO-8"),
        text.replace("PO-7", "PO-7*****A-1"),
        text.replace("BAK*00", "BAK*05"),
    ] {
        assert_ne!(id(&text).numbers, id(&other).numbers, "{other}");
    }
    // The same numbers for something else.
    let other = id(&text.replace("IB", "IA"));
    assert_eq!(other.numbers, numbers);
    assert_ne!(other, id(&text));
    let long = id(&text.replace("PO-7", &"7".repeat(120)));
    assert!(long.id.len() <= 128, "{long:?}");
    assert_ne!(long, id(&text.replace("PO-7", &"8".repeat(120))));
}
