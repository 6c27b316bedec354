//! 855: what the supplier says of an order.

use backorder_edi::Profile;

use crate::{of_lines, table, told, told_with, x12};

#[test]
fn an_acknowledgment_of_a_line_says_what_comes_when() {
    const LINE: &str = "BAK*00*AC*PO-7*20260228; PO1*1*100*EA*1.5**BP*BOLT;";
    let rows = [
        ("ACK*IA*100*EA*067*20260312", "100 on 2026-03-12"),
        ("ACK*AC*100*EA*067*20260312", "100 on 2026-03-12"),
        ("ACK*AR*100*EA*067*20260312", "100 on 2026-03-12"),
        ("ACK*AA*100*EA*067*20260312", "100 on 2026-03-12"),
        ("ACK*DR*100*EA*067*20260401", "100 on 2026-04-01"),
        // No date, no quantity: those of the line.
        ("ACK*IA*100*EA", "100 when it is known to"),
        ("ACK*IA", "100 when it is known to"),
        ("DTM*067*20260312; ACK*IA", "100 on 2026-03-12"),
        ("ACK*IA*100*EA; DTM*017*20260313", "100 on 2026-03-13"),
        // Fewer than ordered are accepted: nobody knows of the rest.
        ("ACK*IA*60*EA*067*20260312", "60 on 2026-03-12, 40 some day"),
        ("ACK*IA*120*EA*067*20260312", "120 on 2026-03-12"),
        ("ACK*BP*60*EA*067*20260312", "60 on 2026-03-12, 40 some day"),
        (
            "DTM*067*20260312; ACK*IB*40*EA",
            "60 on 2026-03-12, 40 some day",
        ),
        (
            "ACK*IA*60*EA*067*20260312; ACK*IB*40*EA*067*20260401",
            "60 on 2026-03-12, 40 on 2026-04-01",
        ),
        (
            "ACK*IA*60*EA*067*20260312; ACK*IR*40*EA",
            "60 on 2026-03-12; 40 refused",
        ),
        ("ACK*IQ*80*EA*067*20260312", "80 on 2026-03-12; 20 refused"),
        (
            "ACK*IP*100*EA*067*20260312",
            "100 on 2026-03-12; approve the price 1.5",
        ),
        ("ACK*SP*100*EA", "100 some day"),
        ("ACK*IH*100*EA*067*20260312", "100 some day"),
        ("ACK*IF", "100 some day"),
        ("ACK*IW", "100 some day"),
        ("ACK*IE", "100 some day"),
        (
            "ACK*IS*100*EA*067*20260312**VP*BOLT-2",
            "100 some day; approve a substitute: VP BOLT-2",
        ),
        (
            "ACK*IC*100*EA*067*20260312",
            "100 some day; approve a change",
        ),
        ("ACK*IR", "nothing comes; 100 refused"),
        ("ACK*IR*100*EA", "nothing comes; 100 refused"),
        ("ACK*IR*0*EA", "nothing comes; 100 refused"),
        ("ACK*ID", "nothing comes; 100 refused"),
        ("ACK*R2*100*EA", "nothing comes; 100 refused"),
        ("ACK*R8", "nothing comes; 100 refused"),
        ("ACK*IR*30*EA", "70 when it is known to; 30 refused"),
    ];
    for (ack, says) in rows {
        let expected = format!("line 1 (BOLT), 100 ordered: {says}");
        assert_eq!(of_lines("855", &format!("{LINE}{ack}")), expected, "{ack}");
    }
}

#[test]
fn without_an_ack_the_whole_acknowledgment_and_its_dates_decide() {
    let rows = [
        (
            "BAK*00*AD*PO-7*20260228; DTM*067*20260312; PO1*1*100*EA***BP*BOLT",
            "line 1 (BOLT), 100 ordered: 100 on 2026-03-12",
        ),
        (
            "BAK*00*AP*PO-7*20260228; PO1*1*100*EA***BP*BOLT",
            "line 1 (BOLT), 100 ordered: 100 when it is known to",
        ),
        (
            "BAK*00*AC*PO-7*20260228; DTM*002*20260305; PO1*1*100*EA***BP*BOLT; DTM*017*20260320",
            "line 1 (BOLT), 100 ordered: 100 on 2026-03-20",
        ),
        (
            "BAK*00*RJ*PO-7*20260228; PO1*1*100*EA***BP*BOLT",
            "line 1 (BOLT), 100 ordered: nothing comes; 100 refused",
        ),
        (
            "BAK*00*AH*PO-7*20260228; PO1*1*100*EA***BP*BOLT",
            "line 1 (BOLT), 100 ordered: 100 some day",
        ),
        // Neither lines nor ACK: the head speaks of all lines.
        (
            "BAK*54*AC*PO-7*20260228",
            "all other lines: come when it is known to",
        ),
        (
            "BAK*00*AD*PO-7*20260228; DTM*067*20260312",
            "all other lines: come on 2026-03-12",
        ),
        ("BAK*00*NA*PO-7*20260228", "all other lines: nothing comes"),
        // Exceptions only: the others are accepted.
        (
            "BAK*00*AE*PO-7*20260228; PO1*2*5*EA***BP*NUT; ACK*IR",
            "line 2 (NUT), 5 ordered: nothing comes; 5 refused\n\
             all other lines: come when it is known to",
        ),
        (
            "BAK*00*ZZ*PO-7*20260228; PO1*1*100*EA***BP*BOLT",
            "no: segment 5 (PO1): without an ACK, the acknowledgment type has the unknown code \
             \"ZZ\"",
        ),
        (
            "BAK*00*ZZ*PO-7*20260228",
            "no: segment 3 (ST): the acknowledgment type has the unknown code \"ZZ\"",
        ),
        // With an ACK the head's code does not matter.
        (
            "BAK*00*ZZ*PO-7*20260228; PO1*1*100*EA***BP*BOLT; ACK*IA",
            "line 1 (BOLT), 100 ordered: 100 when it is known to",
        ),
    ];
    table("855", &rows);
}

#[test]
fn several_acks_or_a_schedule_come_to_parts() {
    let rows = [
        (
            "BAK*00*AC*PO-7*20260228; PO1*1*100*EA***BP*BOLT; \
             ACK*IA*20*EA*067*20260401; ACK*IA*50*EA*067*20260312; ACK*IA*30*EA*067*20260501",
            "line 1 (BOLT), 100 ordered: 50 on 2026-03-12, 20 on 2026-04-01, 30 on 2026-05-01",
        ),
        (
            "BAK*00*AC*PO-7*20260228; PO1*1*100*EA***BP*BOLT; ACK*IA*100*EA; \
             SCH*40*EA***067*20260312; SCH*60*EA***067*20260401",
            "line 1 (BOLT), 100 ordered: 40 on 2026-03-12, 60 on 2026-04-01",
        ),
        (
            "BAK*00*AC*PO-7*20260228; PO1*1*100*EA***BP*BOLT; SCH*40*EA***067*20260312",
            "line 1 (BOLT), 100 ordered: 40 on 2026-03-12, 60 some day",
        ),
        (
            "BAK*00*AC*PO-7*20260228; PO1*1*100*EA***BP*BOLT; ACK*IA; ACK*IB",
            "no: segment 5 (PO1): two parts of a line give no quantity",
        ),
    ];
    table("855", &rows);
    let acks: Vec<String> = (0..105).map(|_| "; ACK*IA*1*EA".to_owned()).collect();
    let most = format!("BAK*00*AC*PO-7; PO1*1*105*EA***BP*BOLT{}", acks.concat());
    let said = of_lines("855", &most);
    assert!(said.contains("more than 104 ACK or SCH segments"), "{said}");
    let fits = format!(
        "BAK*00*AC*PO-7; PO1*1*104*EA***BP*BOLT{}",
        acks[1..].concat()
    );
    assert!(of_lines("855", &fits).starts_with("line 1 (BOLT), 104 ordered: 1 when"));
}

#[test]
fn a_date_far_away_means_that_it_is_unknown() {
    let rows = [
        (
            "BAK*00*AC*PO-7; PO1*1*9*EA***BP*BOLT; ACK*IA*9*EA*067*20991231",
            "line 1 (BOLT), 9 ordered: 9 some day",
        ),
        (
            "BAK*00*AC*PO-7; PO1*1*9*EA***BP*BOLT; ACK*IA*9*EA*067*20310227",
            "line 1 (BOLT), 9 ordered: 9 on 2031-02-27",
        ),
        (
            "BAK*00*AC*PO-7; DTM*067*20491231; PO1*1*9*EA***BP*BOLT; ACK*IA",
            "line 1 (BOLT), 9 ordered: 9 some day",
        ),
    ];
    table("855", &rows);
    let near = Profile {
        unknown_after_days: 90,
        ..Profile::default()
    };
    let text = x12(
        "855",
        &["BAK*00*AC*PO-7; PO1*1*9*EA***BP*BOLT; ACK*IA*9*EA*067*20260701"],
    );
    assert!(told_with(&text, &near)[0].ends_with("9 some day"));
}

#[test]
fn what_the_buyer_wished_for_is_no_date_beside_one_of_the_supplier() {
    let echoed = "BAK*00*AC*PO-7; DTM*002*20300310; DTM*068*20300420; PO1*1*9*EA***BP*BOLT; ACK*IA";
    table(
        "855",
        &[(echoed, "line 1 (BOLT), 9 ordered: 9 on 2030-04-20")],
    );
    let alone = "BAK*00*AC*PO-7; DTM*002*20300310; PO1*1*9*EA***BP*BOLT; ACK*IA";
    table(
        "855",
        &[(alone, "line 1 (BOLT), 9 ordered: 9 on 2030-03-10")],
    );
    let for_ever = Profile {
        unknown_after_days: u32::MAX,
        ..Profile::default()
    };
    assert!(for_ever.check().is_err());
}

#[test]
fn goods_that_leave_on_a_day_arrive_after_the_transit_days() {
    let text = x12(
        "855",
        &[
            "BAK*00*AC*PO-7; PO1*1*9*EA***BP*BOLT; ACK*IA*9*EA*068*20260312",
            "BAK*00*AC*PO-8; PO1*1*9*EA***BP*BOLT; ACK*IA*9*EA*067*20260312",
            // An arrival is better known than a departure.
            "BAK*00*AC*PO-9; DTM*010*20260301; DTM*067*20260320; PO1*1*9*EA***BP*BOLT; ACK*IA",
        ],
    );
    let by_ship = Profile {
        transit_days: 4,
        ..Profile::default()
    };
    let said = told_with(&text, &by_ship);
    assert!(said[0].ends_with("9 on 2026-03-16"), "{said:?}");
    assert!(said[1].ends_with("9 on 2026-03-12"), "{said:?}");
    assert!(said[2].ends_with("9 on 2026-03-20"), "{said:?}");
}

/// A line of so many units, and what is said of them.
fn of_quantity(quantity: &str, ack: &str) -> String {
    format!("BAK*00*AC*PO-7; PO1*1*{quantity}*EA***BP*BOLT; {ack}")
}

#[test]
fn a_quantity_is_whole_units() {
    let rows = [
        (
            "9.0",
            "ACK*IA",
            "line 1 (BOLT), 9 ordered: 9 when it is known to",
        ),
        (
            "+9",
            "ACK*IA",
            "line 1 (BOLT), 9 ordered: 9 when it is known to",
        ),
        ("", "ACK*IA", "line 1 (BOLT): the rest when it is known to"),
        ("", "ACK*IR", "line 1 (BOLT): nothing comes"),
        (
            "",
            "ACK*IB*4*EA",
            "line 1 (BOLT): the rest when it is known to, 4 some day",
        ),
        (
            "9.5",
            "ACK*IA",
            "no: segment 5 (PO1): \"9.5\" is a fraction of a unit",
        ),
        (
            "9",
            "ACK*IA*4.25*EA",
            "no: segment 6 (ACK): \"4.25\" is a fraction of a unit",
        ),
        ("-9", "ACK*IA", "no: segment 5 (PO1): \"-9\" is no quantity"),
        (
            "nine",
            "ACK*IA",
            "no: segment 5 (PO1): \"nine\" is no quantity",
        ),
    ];
    for (quantity, ack, says) in rows {
        let said = of_lines("855", &of_quantity(quantity, ack));
        assert_eq!(said, says, "{quantity} {ack}");
    }
    for (quantity, ack) in [
        ("99999999999999999999", "ACK*IA"),
        ("1000000001", "ACK*IA"),
        ("9", "ACK*IA*1000000000*EA; ACK*IA*1*EA"),
    ] {
        let said = of_lines("855", &of_quantity(quantity, ack));
        assert!(
            said.ends_with("is more than a line may have, 1,000,000,000 units"),
            "{said}"
        );
    }
}

#[test]
fn a_unit_is_one_of_which_it_is_known_how_many_units_it_holds() {
    let dozens = of_lines("855", &of_quantity("24", "ACK*IA*2*DZ"));
    assert_eq!(dozens, "line 1 (BOLT), 24 ordered: 24 when it is known to");
    let in_cases = of_quantity("24", "ACK*IA*2*CA");
    assert_eq!(
        of_lines("855", &in_cases),
        "no: segment 6 (ACK): nobody said how many units one \"CA\" holds"
    );
    let cases = Profile {
        units: [("CA".to_owned(), 12)].into(),
        ..Profile::default()
    };
    assert!(told_with(&x12("855", &[&in_cases]), &cases)[0].contains("24 ordered: 24 when"));
}

#[test]
fn a_line_is_named_by_whatever_the_message_gives() {
    let rows = [
        (
            "BAK*00*AC*PO-7; PO1*item-1*8*EA***VC*V-1*SK*ACM/8900*UP*012345678905; ACK*IA*8*EA",
            "line item-1 (V-1, ACM/8900, 012345678905), 8 ordered: 8 when it is known to",
        ),
        (
            "BAK*00*AC*PO-7; PO1**8*EA***BP*BOLT; ACK*IA*8*EA",
            "line of BOLT, 8 ordered: 8 when it is known to",
        ),
        (
            "BAK*00*AC*PO-7; PO1*3*8*EA; ACK*IA*8*EA**20260312**VP*V-1",
            "line 3 (V-1), 8 ordered: 8 on 2026-03-12",
        ),
        (
            "BAK*00*AC*PO-7; PO1**8*EA; ACK*IA*8*EA",
            "no: segment 5 (PO1): nothing names the line",
        ),
    ];
    table("855", &rows);
}

#[test]
fn a_purpose_cancels_or_replaces_what_was_said() {
    let text = x12(
        "855",
        &[
            "BAK*01*AC*PO-7; PO1*1*9*EA***BP*BOLT; ACK*IA",
            "BAK*05*AC*PO-7****17***; PO1*1*9*EA***BP*BOLT; ACK*IA",
            "BAK*99*AC*PO-7; PO1*1*9*EA***BP*BOLT; ACK*IA",
            "BAK*00*AC; PO1*1*9*EA***BP*BOLT; ACK*IA",
            "BAK*00*AC*PO-7; PO1*1*9*EA***BP*BOLT; ACK*QQ",
            "PO1*1*9*EA***BP*BOLT; ACK*IA",
        ],
    );
    assert_eq!(
        told(&text),
        [
            "answer to order PO-7, cancels what was said\nall other lines: come some day",
            "answer to order PO-7, replaces what was said\n\
             line 1 (BOLT), 9 ordered: 9 when it is known to",
            "no: segment 14 (BAK): BAK01 has the unknown code \"99\"",
            "no: segment 19 (BAK): BAK03 is empty",
            "no: segment 26 (ACK): ACK01 has the unknown code \"QQ\"",
            "no: segment 28: there is no BAK",
        ]
    );
}
