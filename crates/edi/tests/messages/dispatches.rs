//! 856: goods that left.

use backorder_edi::Profile;

use crate::{told, told_with, x12};

/// What one 856 says.
fn says(segments: &str) -> String {
    told(&x12("856", &[segments])).remove(0)
}

#[test]
fn items_belong_to_the_order_above_them_with_and_without_hl02() {
    let expected = "dispatch N-1, left on 2026-03-02\n\
         order PO-7, arrives on 2026-03-05: 24 of line 1 (V-1), 6 of line 2 (V-2)\n\
         order PO-8, arrives on 2026-03-05: 5 of line 1 (V-1)";
    for (order, item) in [("1", "2"), ("", "")] {
        let second = if order.is_empty() { "" } else { "5" };
        let text = format!(
            "BSN*00*N-1*20260302*0800; HL*1**S; DTM*011*20260302; DTM*017*20260305; \
             HL*2*{order}*O; PRF*PO-7; HL*3*{item}*I; LIN*1*VP*V-1; SN1*1*24*EA; \
             HL*4*{item}*I; LIN*2*VP*V-2; SN1*2*6*EA; HL*5*{order}*O; PRF*PO-8; \
             HL*6*{second}*I; LIN*1*VP*V-1; SN1**5*EA; CTT*6"
        );
        assert_eq!(says(&text), expected, "{text}");
    }
}

#[test]
fn items_that_stand_before_another_order_find_their_own_by_the_tree() {
    let text = "BSN*00*N-1*20260302; HL*1**S; HL*2*1*O; PRF*PO-7; HL*3*1*O; PRF*PO-8; \
         HL*4*2*I; LIN**VP*V-1; SN1**1*EA; HL*5*3*I; LIN**VP*V-2; SN1**2*EA";
    assert_eq!(
        says(text),
        "dispatch N-1, left on 2026-03-02\n\
         order PO-7, arrives on 2026-03-02: 1 of line of V-1\n\
         order PO-8, arrives on 2026-03-02: 2 of line of V-2"
    );
}

#[test]
fn an_order_may_be_named_at_the_item_and_the_number_may_be_empty() {
    let text = "BSN*14**20260302; HL*1**S; HL*2*1*I; LIN*1*VP*V-1; SN1*1*24*EA; PRF*PO-7; \
         HL*3*1*I; PRF*PO-8; SN1*4*6*EA; DTM*067*20260309";
    assert_eq!(
        says(text),
        "dispatch 000000042-0001, left on 2026-03-02\n\
         order PO-7, arrives on 2026-03-02: 24 of line 1 (V-1)\n\
         order PO-8, arrives on 2026-03-09: 6 of line 4"
    );
}

#[test]
fn a_line_in_several_packs_is_one_line_and_its_last_date_counts() {
    let text = "BSN*00*N-1*20260302; HL*1**S; HL*2*1*O; PRF*PO-7; HL*3*2*P; MAN*GM*1; \
         HL*4*3*I; LIN**UP*0001; SN1**12*EA; DTM*067*20260306; HL*5*2*P; HL*6*5*I; \
         LIN**UP*0001; SN1**3*EA; DTM*067*20260309";
    assert_eq!(
        says(text),
        "dispatch N-1, left on 2026-03-02\n\
         order PO-7, arrives on 2026-03-09: 15 of line of 0001"
    );
}

#[test]
fn the_day_of_arrival_is_the_departure_and_the_transit_days_where_none_is_said() {
    let text = x12(
        "856",
        &["BSN*00*N-1*20260302; HL*1**O; PRF*PO-7; HL*2*1*I; LIN*1*VP*V-1; SN1*1*24*EA"],
    );
    let far = Profile {
        transit_days: 5,
        ..Profile::default()
    };
    let said = told_with(&text, &far).remove(0);
    assert!(said.contains("arrives on 2026-03-07"), "{said}");
    let departs = "BSN*00*N-1*20260302; HL*1**S; DTM*011*20260303; HL*2*1*O; PRF*PO-7; \
         HL*3*2*I; LIN*1*VP*V-1; SN1*1*24*EA";
    let said = told_with(&x12("856", &[departs]), &far).remove(0);
    assert!(said.contains("left on 2026-03-03"), "{said}");
    assert!(said.contains("arrives on 2026-03-08"), "{said}");
}

#[test]
fn a_dispatch_that_cannot_be_placed_is_refused_with_its_reason() {
    let rows = [
        ("HL*1**S", "no: segment 3: there is no BSN"),
        (
            "BSN*00*N-1*20260302; HL*1**S; HL*2*1*I; LIN*1*VP*V; SN1*1*2*EA",
            "no: segment 7 (SN1): there is no PRF",
        ),
        (
            "BSN*00*N-1*20260302; HL*1**O; PRF*PO-7; HL*2*1*I; LIN*1*VP*V; SN1*1*2.5*EA",
            "no: segment 9 (SN1): \"2.5\" is a fraction of a unit",
        ),
        (
            "BSN*00*N-1*20260302; HL*1**O; PRF*PO-7; HL*2*1*I; LIN*1*VP*V; SN1*1**EA",
            "no: segment 9 (SN1): SN102 is empty",
        ),
        (
            "BSN*00*N-1*20260302; HL*1**O; PRF*PO-7; HL*2*1*I; SN1**2*EA",
            "no: segment 8 (SN1): nothing names the line",
        ),
        (
            "BSN*00*N-1*20260302; HL*1**O; PRF*PO-7",
            "no: segment 4 (BSN): there is no SN1",
        ),
        (
            "BSN*00*N-1*20261302; HL*1**O; PRF*PO-7; HL*2*1*I; LIN*1*VP*V; SN1*1*2*EA",
            "no: segment 4 (BSN): \"20261302\" is no date",
        ),
        (
            "BSN*77*N-1*20260302; HL*1**O; PRF*PO-7; HL*2*1*I; LIN*1*VP*V; SN1*1*2*EA",
            "no: segment 4 (BSN): BSN01 has the unknown code \"77\"",
        ),
    ];
    for (text, why) in rows {
        assert_eq!(says(text), why, "{text}");
    }
    let cancels = says("BSN*01*N-1*20260302; HL*1**S");
    assert_eq!(
        cancels,
        "dispatch N-1, cancels what was said, left on 2026-03-02"
    );
    let replaces = "BSN*05*N-1*20260302; HL*1**O; PRF*PO-7; HL*2*1*I; LIN*1*VP*V; SN1*1*2*EA";
    assert!(says(replaces).starts_with("dispatch N-1, replaces what was said"));
}
