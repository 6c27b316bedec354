//! Messages broken in any way, and any bytes, never make a reader panic: what is read keeps its
//! bounds, and can be told and answered.
//!
//! Runs for a moment with `cargo test`, and as long as wanted with `just fuzz-edi`. What fails
//! prints its seed; `ARBTEST_SEED=0x… cargo test -p backorder-edi --test messages NAME` plays it
//! again.

use arbtest::arbitrary::{self, Unstructured};
use arbtest::arbtest;
use backorder_edi::{
    Document, Fact, Interchange, MAX_LINES, MAX_ORDERS, MAX_PARTS, MAX_TRANSACTIONS, MAX_UNITS,
    Profile, Quantity, Unplaced, of_answer, of_dispatch, read, write_receipt,
};

use crate::placed::order;
use crate::written::envelope;
use crate::{edifact, x12};

/// One message of each kind, with all that is read of it.
fn corpus() -> Vec<String> {
    let answer = "BAK*00*AC*PO-7*20260228****R-1*20260301; DTM*067*20260312; \
         PO1*1*100*EA*1.5**BP*BOLT*UP*4006381333931; PID*F****a bolt; ACK*IA*60*EA*067*20260312; \
         ACK*IB*30*EA; ACK*IR*10*EA; DTM*017*20260401; PO1*2*5*DZ***VP*V-2; \
         SCH*30*EA***067*20260312; SCH*30*EA***068*20260401; PO1**9*EA***BP*NUT; \
         ACK*IS*9*EA*067*20991231**VP*V-9; CTT*3";
    let change = "BCA*05*AC*PO-7**1*20260228*20260301; POC*1*CA*80*80*EA***BP*BOLT; \
         ACK*IQ*70*EA*067*20260401; POC*2*DI*5*0*EA***BP*NUT; POC*3*PC*9*9*EA*1.75; CTT*3";
    let dispatch = "BSN*00*N-1*20260302*0800; HL*1**S; DTM*011*20260302; DTM*017*20260305; \
         HL*2*1*O; PRF*PO-7; HL*3*2*P; HL*4*3*I; LIN*1*VP*V-1; SN1*1*24*EA; HL*5*1*O; PRF*PO-8; \
         HL*6**I; LIN**UP*0001; SN1**5*EA; DTM*067*20260309; CTT*6";
    let receipt = "AK1*PO*7; AK2*850*0001; AK3*PO1*4**8; AK5*R*5; AK9*P*2*2*1";
    let stock = "BIA*00*SI*S-1*20260301; LIN*1*VP*V-1*UP*0001; QTY*33*40*EA; QTY*17*50*EA";
    let response = "BGM+231+R-1+4; DTM+137:20260301:102; RFF+ON:PO-7; DTM+67:20260312:102; \
         LIN+1+6+BOLT:IN; PIA+1+V-1:SA; QTY+21:100; QTY+12:60:PCE; DTM+67:20260401:102; QTY+83:40; \
         DTM+67:20260501:102; QVR+-40:21+BP; LIN+2+7+NUT:IN; RFF+LI:2; UNS+S; CNT+2:2";
    let advice = "BGM+351+D?+1+9; DTM+11:20260302:102; \
         DTM+17:202603050800:203; RFF+ON:PO-7; CPS+1; \
         LIN+1++BOLT:IN; QTY+12:24; CPS+2+1; LIN+2++NUT:IN; QTY+12:6; RFF+ON:PO-8:4";
    let control = "UCI+7+SHOP:ZZ+S:14+7; UCM+1+ORDERS:D:96A:UN+4+12";
    let report = "BGM+35+S-1+9; LIN+1++BOLT:IN; PIA+1+V-1:SA; QTY+145:40";
    let texts = vec![
        x12("855", &[answer, answer]),
        x12("865", &[change]),
        x12("856", &[dispatch]),
        x12("997", &[receipt]).replace("GS*PR", "TA1*000000007*260228*0800*R*022~\nGS*FA"),
        x12("846", &[stock]),
        edifact("ORDRSP", &[response, response]),
        edifact("DESADV", &[advice]),
        edifact("CONTRL", &[control]),
        format!("UNA:+,? '{}", edifact("INVRPT", &[report])),
    ];
    let unwrapped = x12("855", &[answer]).replace("~\n", "\u{2026}");
    let wrapped = x12("856", &[dispatch])
        .replace('*', "\u{1d}")
        .replace('~', "\u{1c}");
    texts.into_iter().chain([unwrapped, wrapped]).collect()
}

/// What the readers take special notice of.
const WORDS: [&str; 30] = [
    "*",
    "~",
    "\n",
    "+",
    ":",
    "'",
    "?",
    "UNA:+.? '",
    "UNB+UNOC:4+",
    "UNH+1+ORDRSP:D:96A:UN'",
    "UNT+3+1'",
    "UNZ+1+42'",
    "ISA*",
    "ISA*00*          *00*",
    "GS*PR*",
    "ST*855*0001~",
    "SE*3*0001~",
    "GE*1*42~",
    "IEA*1*000000042~",
    "HL*1*1*I~",
    "PRF*~",
    "ACK*BP~",
    "SCH*1~",
    "LIN+",
    "QTY+12:0'",
    "18446744073709551616",
    "-1",
    "0.5",
    "99999999",
    "\u{2026}",
];

fn broken(corpus: &[String], u: &mut Unstructured) -> arbitrary::Result<Vec<u8>> {
    let mut bytes = u.choose(corpus)?.clone().into_bytes();
    for _ in 0..u.int_in_range(1..=8)? {
        let at = u.int_in_range(0..=bytes.len())?;
        let to = u.int_in_range(at..=bytes.len().min(at + 60))?;
        match u.int_in_range(0..=5)? {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let copy = bytes[at..to].to_vec();
                bytes.splice(at..at, copy);
            }
            3 => {
                bytes.splice(at..to, u.choose(&WORDS)?.bytes());
            }
            4 => {
                let other = u.choose(corpus)?.as_bytes();
                let from = u.int_in_range(0..=other.len())?;
                let part = other[from..other.len().min(from + 200)].iter().copied();
                bytes.splice(at..to, part);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u.arbitrary()?;
                }
            }
        }
    }
    Ok(bytes)
}

/// Reads the bytes and holds what is read to its bounds.
fn holds(bytes: &[u8]) {
    let profile = Profile::default();
    let Ok(interchanges) = read(bytes, &profile) else {
        return;
    };
    let transactions: usize = interchanges
        .iter()
        .map(|it| it.transactions().count())
        .sum();
    assert!(transactions <= MAX_TRANSACTIONS);
    for interchange in &interchanges {
        if let Ok(Some(answer)) = write_receipt(&envelope(), interchange) {
            let again = read(answer.as_bytes(), &profile).unwrap();
            assert_eq!(again.len(), 1, "{answer}");
            assert!(again[0].notes.is_empty(), "{answer}: {:?}", again[0].notes);
            let read = again[0]
                .transactions()
                .find_map(|it| it.says.as_ref().err());
            assert_eq!(read, None, "{answer}");
        }
        interchange.transactions().for_each(|it| match &it.says {
            Ok(document) => keeps_its_bounds(document),
            Err(fault) => assert!(!fault.to_string().is_empty()),
        });
    }
    assert_eq!(
        read(bytes, &profile),
        Ok::<Vec<Interchange>, _>(interchanges)
    );
}

fn millionths(of: Quantity) -> u64 {
    of.steps(1).unwrap()
}

/// What comes of an order keeps to its lines and their bounds.
fn placed(fact: Result<Fact, Unplaced>) {
    match fact {
        Ok(Fact::Schedule { lines, reason }) => {
            assert!(!lines.is_empty() && lines.len() <= 2 && reason.len() <= 500);
            for line in lines {
                let steps: u64 = line.parts.iter().map(|(steps, _)| u64::from(*steps)).sum();
                assert!(steps <= u64::from(MAX_UNITS), "{}", line.sku);
                assert!(line.parts.iter().all(|(steps, _)| *steps > 0));
            }
        }
        Ok(Fact::Dispatch { lines, .. }) => {
            assert!(!lines.is_empty() && lines.iter().all(|it| it.steps > 0));
        }
        Ok(Fact::Later { lines, .. }) => assert!(!lines.is_empty()),
        Ok(Fact::Nothing(why)) => assert!(!why.is_empty()),
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}

fn keeps_its_bounds(document: &Document) {
    let most = u64::from(MAX_UNITS) * 1_000_000;
    assert!(!document.to_string().is_empty());
    match document {
        Document::Answer(answer) => {
            assert!(!answer.order.is_empty());
            placed(of_answer(answer, &order(20)));
            assert!(answer.lines.len() <= MAX_LINES);
            for line in &answer.lines {
                assert!(!line.line.number.is_empty() || !line.line.ids.is_empty());
                let parts = line.parts.as_deref().unwrap_or_default();
                assert!(parts.len() <= MAX_PARTS);
                let units = parts.iter().filter_map(|part| part.quantity);
                assert!(units.clone().all(|units| !units.is_none()));
                let sum: u64 = units.map(millionths).sum();
                assert!(sum <= most);
                assert!(parts.iter().filter(|part| part.quantity.is_none()).count() <= 1);
                assert!(parts.is_sorted_by_key(|part| part.when));
            }
        }
        Document::Dispatch(advice) => {
            assert!(!advice.number.is_empty() || advice.orders.is_empty());
            assert!(advice.orders.len() <= MAX_ORDERS);
            let known = order(20);
            for order in &advice.orders {
                assert!((1..=MAX_LINES).contains(&order.lines.len()));
                let units = order.lines.iter().map(|it| millionths(it.quantity));
                assert!(units.into_iter().all(|units| (1..=most).contains(&units)));
                placed(of_dispatch(advice, order, &known));
            }
        }
        Document::Stock(_) | Document::Receipt(_) => {}
    }
}

#[test]
fn every_message_of_the_corpus_is_read() {
    for text in corpus() {
        for interchange in read(text.as_bytes(), &Profile::default()).unwrap() {
            assert_eq!(interchange.fault, None, "{text}");
            let faults = interchange
                .transactions()
                .find_map(|it| it.says.as_ref().err());
            assert_eq!(faults, None, "{text}");
            assert!(interchange.transactions().count() > 0);
        }
        holds(text.as_bytes());
    }
}

#[test]
fn any_bytes_are_read_or_refused() {
    arbtest(|u| {
        holds(u.bytes(u.len())?);
        Ok(())
    });
}

#[test]
fn a_message_broken_in_any_way_is_read_or_refused() {
    let corpus = corpus();
    arbtest(|u| {
        holds(&broken(&corpus, u)?);
        Ok(())
    });
}
