//! What we write is read back as it was meant, and what cannot be written is refused.

use backorder_edi::{
    Date, DateTime, Envelope, Order, OrderLine, Party, Standard, Unwritable, write_cancellation,
    write_order, write_receipt,
};

use crate::{one, told, x12};

pub(crate) fn envelope() -> Envelope {
    Envelope {
        sender: Party {
            qualifier: String::new(),
            id: "SHOP".into(),
        },
        receiver: Party {
            qualifier: "01".into(),
            id: "ACME".into(),
        },
        control: 7,
        at: DateTime::constant(2026, 3, 1, 9, 30, 0, 0),
        is_test: false,
    }
}

pub(crate) fn order() -> Order {
    let line = |number, sku: &str, quantity: &str| OrderLine {
        number,
        sku: sku.into(),
        supplier_sku: None,
        gtin: None,
        quantity: quantity.into(),
        unit: "EA".into(),
    };
    Order {
        number: "PO-7".into(),
        date: Date::constant(2026, 2, 28),
        expected: Some(Date::constant(2026, 3, 12)),
        lines: vec![line(1, "BOLT", "100"), line(2, "NUT", "5")],
    }
}

#[test]
fn an_850_says_the_order() {
    let text = write_order(Standard::X12, &envelope(), &order()).unwrap();
    assert_eq!(
        text,
        "ISA*00*          *00*          *ZZ*SHOP           *01*ACME           \
         *260301*0930*U*00401*000000007*0*P*>~\n\
         GS*PO*SHOP*ACME*20260301*0930*7*X*004010~\n\
         ST*850*0001~\n\
         BEG*00*SA*PO-7**20260228~\n\
         DTM*002*20260312~\n\
         PO1*1*100*EA***BP*BOLT~\n\
         PO1*2*5*EA***BP*NUT~\n\
         CTT*2~\n\
         SE*7*0001~\n\
         GE*1*7~\n\
         IEA*1*000000007~\n"
    );
    let read = one(&text);
    assert!(read.notes.is_empty());
    assert!(told(&text)[0].contains("\"850\" is no message that a supplier answers with"));
}

#[test]
fn an_860_cancels_what_is_open() {
    let text = write_cancellation(Standard::X12, &envelope(), &order()).unwrap();
    let inside: Vec<&str> = text.lines().skip(2).take(6).collect();
    assert_eq!(
        inside,
        [
            "ST*860*0001~",
            "BCH*01*SA*PO-7***20260228~",
            "POC*1*DI*100*100*EA***BP*BOLT~",
            "POC*2*DI*5*5*EA***BP*NUT~",
            "CTT*2~",
            "SE*6*0001~",
        ]
    );
}

#[test]
fn text_with_a_separator_is_refused() {
    let with = |change: fn(&mut Order)| {
        let mut order = order();
        change(&mut order);
        write_order(Standard::X12, &envelope(), &order)
    };
    let refused = |element, character| Err(Unwritable::Character { element, character });
    assert_eq!(
        with(|it| it.number = "PO*7".into()),
        refused("the order's number", '*')
    );
    assert_eq!(
        with(|it| it.lines[0].sku = "B~T".into()),
        refused("the article", '~')
    );
    assert_eq!(
        with(|it| it.lines[0].sku = "B>T".into()),
        refused("the article", '>')
    );
    assert_eq!(
        with(|it| it.lines[0].sku = "B\nT".into()),
        refused("the article", '\n')
    );
    let empty = Err(Unwritable::Empty {
        element: "the article",
    });
    assert_eq!(with(|it| it.lines[1].sku = String::new()), empty);
    let long = with(|it| it.number = "7".repeat(23)).unwrap_err();
    assert_eq!(
        long.to_string(),
        "the order's number has 23 characters; the standard has at most 22"
    );
    let control = Envelope {
        control: 0,
        ..envelope()
    };
    let wrong = write_order(Standard::X12, &control, &order());
    assert_eq!(wrong, Err(Unwritable::Control(0)));
}

#[test]
fn a_997_answers_each_transaction_and_a_ta1_where_it_is_asked_for() {
    let text = x12(
        "855",
        &[
            "BAK*00*AC*PO-7; PO1*1*9*EA***BP*BOLT; ACK*IA",
            "BAK*00*AC*PO-8; PO1*1*9.5*EA***BP*BOLT; ACK*IA",
        ],
    );
    let answer = write_receipt(&envelope(), &one(&text)).unwrap().unwrap();
    let inside: Vec<&str> = answer.lines().skip(1).collect();
    assert_eq!(
        inside,
        [
            "GS*FA*SHOP*ACME*20260301*0930*7*X*004010~",
            "ST*997*0001~",
            "AK1*PR*42~",
            "AK2*855*0001~",
            "AK5*A~",
            "AK2*855*0002~",
            "AK3*PO1*3**8~",
            "AK5*R*5~",
            "AK9*P*2*2*1~",
            "SE*9*0001~",
            "GE*1*7~",
            "IEA*1*000000007~",
        ]
    );
    assert_eq!(
        told(&answer),
        ["our 42 was partly accepted\n855 0001 was accepted\n855 0002 was rejected (codes 5)"]
    );
    // An answer is not answered.
    assert_eq!(write_receipt(&envelope(), &one(&answer)).unwrap(), None);
    let asked = text.replace("*0*P*>", "*1*P*>");
    let answer = write_receipt(&envelope(), &one(&asked)).unwrap().unwrap();
    let read = one(&answer);
    assert_eq!(
        read.receipts[0].to_string(),
        "our 000000042 was accepted (codes 000)"
    );
    assert!(read.notes.is_empty());
}

#[test]
fn a_997_tells_what_is_wrong_with_an_envelope() {
    let text = x12("855", &["BAK*00*AC*PO-7; PO1*1*9*EA***BP*BOLT; ACK*IA"]);
    let rows = [
        (text.replace("SE*5*0001~\n", ""), "AK5*R*2~"),
        (text.replace("SE*5*0001", "SE*5*0002"), "AK5*R*3~"),
        (text.replace("SE*5*0001", "SE*6*0001"), "AK5*R*4~"),
        (text.replace("ST*855", "ST*810"), "AK5*R*1~"),
        (text.replace("GE*1*42", "GE*2*42"), "AK9*E*1*1*1*5~"),
    ];
    for (text, says) in rows {
        let answer = write_receipt(&envelope(), &one(&text)).unwrap().unwrap();
        assert!(answer.lines().any(|line| line == says), "{says}: {answer}");
    }
}

#[test]
fn an_article_is_written_by_all_of_its_names() {
    let mut named = order();
    named.lines[0].supplier_sku = Some("V-1".into());
    named.lines[0].gtin = Some("4006381333931".into());
    let text = write_order(Standard::X12, &envelope(), &named).unwrap();
    assert!(text.contains("*BP*BOLT*VN*V-1*EN*4006381333931~"), "{text}");
    named.lines[0].gtin = Some("614141007349".into());
    let text = write_cancellation(Standard::X12, &envelope(), &named).unwrap();
    assert!(text.contains("*BP*BOLT*VN*V-1*UP*614141007349~"), "{text}");
    let text = write_order(Standard::Edifact, &envelope(), &named).unwrap();
    assert!(text.contains("LIN+1++614141007349:EN'\n"), "{text}");
    assert!(text.contains("PIA+5+BOLT:IN+V-1:SA'\n"), "{text}");
}
