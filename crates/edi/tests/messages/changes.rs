//! 865: a change that the supplier makes, or answers.

use crate::{table, told, x12};

/// Each change of bolts comes to what stands beside it.
fn of_lines(rows: &[(&str, &str)]) {
    const HEAD: &str = "BCA*00*AC*PO-7**1*20260228*20260301; ";
    let rows: Vec<(String, String)> = rows
        .iter()
        .map(|(poc, says)| (format!("{HEAD}{poc}"), format!("line 1 (BOLT), {says}")))
        .collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(it, says)| (&**it, &**says)).collect();
    table("865", &rows);
}

#[test]
fn a_change_of_a_line_is_its_code_where_no_ack_says_more() {
    let rows = [
        (
            "POC*1*CA*80*80*EA***BP*BOLT",
            "80 ordered: 80 when it is known to",
        ),
        (
            "POC*1*CA*80*80*EA***BP*BOLT; DTM*067*20260401",
            "80 ordered: 80 on 2026-04-01",
        ),
        (
            "POC*1*QD*80*80*EA***BP*BOLT; SCH*50*EA***067*20260401",
            "80 ordered: 50 on 2026-04-01, 30 some day",
        ),
        (
            "POC*1*DI*100*0*EA***BP*BOLT",
            "100 ordered: nothing comes; 100 refused",
        ),
        (
            "POC*1*PC*100*100*EA*1.75**BP*BOLT",
            "100 ordered: as it was; approve the price 1.75",
        ),
        ("POC*1*NC*100*100*EA***BP*BOLT", "100 ordered: as it was"),
        (
            "POC*1*CT*100*100*EA***BP*BOLT; DTM*067*20260401",
            "100 ordered: 100 on 2026-04-01",
        ),
        ("POC*1*RS*100*100*EA***BP*BOLT", "100 ordered: 100 some day"),
        // With an ACK that decides, but for a line that is deleted.
        (
            "POC*1*CA*100*100*EA***BP*BOLT; ACK*IA*60*EA*067*20260401; ACK*IB*40*EA",
            "100 ordered: 60 on 2026-04-01, 40 some day",
        ),
        (
            "POC*1*CA*100*100*EA***BP*BOLT; ACK*IR",
            "100 ordered: nothing comes; 100 refused",
        ),
        (
            "POC*1*NC*100*100*EA***BP*BOLT; ACK*IA*100*EA*067*20260401",
            "100 ordered: 100 on 2026-04-01",
        ),
        (
            "POC*1*DI*100*0*EA***BP*BOLT; ACK*IA",
            "100 ordered: nothing comes; 100 refused",
        ),
        (
            "POC*1*DI*100*0*EA***BP*BOLT; ACK*IR",
            "100 ordered: as it was",
        ),
        (
            "POC*1*DI*100*0*EA***BP*BOLT; ACK*ID*100*EA",
            "100 ordered: nothing comes; 100 refused",
        ),
    ];
    of_lines(&rows);
    table(
        "865",
        &[
            (
                "BCA*00*RJ*PO-7; POC*1*CA*80*80*EA***BP*BOLT",
                "line 1 (BOLT), 80 ordered: as it was",
            ),
            (
                "BCA*00*AC*PO-7; POC*1*XX*80*80*EA***BP*BOLT",
                "no: segment 5 (POC): POC02 has the unknown code \"XX\"",
            ),
        ],
    );
}

#[test]
fn a_change_that_cancels_takes_the_whole_order_away() {
    let text = x12("865", &["BCA*01*AC*PO-7**2; POC*1*CA*80*80*EA***BP*BOLT"]);
    assert_eq!(
        told(&text),
        [
            "answer to order PO-7, their number 2, cancels what was said\n\
          all other lines: nothing comes"
        ]
    );
}
