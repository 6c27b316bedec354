//! 846, 997 and TA1; and what no supplier sends.

use backorder_edi::Verdict;

use crate::{one, told, x12};

#[test]
fn a_stock_report_is_told_and_promises_nothing() {
    let text = x12(
        "846",
        &["BIA*00*SI*S-1*20260301; LIN*1*VP*V-1*UP*0001; QTY*33*40*EA; QTY*17*50*EA; LIN*2*VP*V-2"],
    );
    assert_eq!(
        told(&text),
        ["stock report S-1, which promises nothing\n\
          line 1 (V-1, 0001): 40 (code 33) 50 (code 17)\n\
          line 2 (V-2):"]
    );
    let none = x12("846", &["LIN*1*VP*V-1"]);
    assert_eq!(told(&none), ["no: segment 3: there is no BIA"]);
}

#[test]
fn a_receipt_says_what_became_of_what_we_sent() {
    let text = x12(
        "997",
        &[
            "AK1*PO*7; AK2*850*0001; AK5*A; AK2*850*0002; AK3*PO1*4**8; AK5*R*5; AK9*P*2*2*1",
            "AK1*PO*8; AK9*A*1*1*1",
            "AK1*PO*8; AK2*850*0001; AK9*Q*1*1*1",
            "AK2*850*0001; AK9*A*1*1*1",
        ],
    );
    assert_eq!(
        told(&text),
        [
            "our 7 was partly accepted\n850 0001 was accepted\n850 0002 was rejected (codes 5)",
            "our 8 was accepted",
            "no: segment 19 (AK9): AK901 has the unknown code \"Q\"",
            "no: segment 21: there is no AK1",
        ]
    );
    let ta1 = x12("997", &[]).replace("GS*PR", "TA1*000000007*260228*0800*R*022~\nGS*PR");
    let read = one(&ta1);
    assert_eq!(read.receipts.len(), 1);
    assert_eq!(read.receipts[0].verdict, Verdict::Rejected);
    assert_eq!(
        read.receipts[0].to_string(),
        "our 000000007 was rejected (codes 022)"
    );
}

#[test]
fn an_order_is_no_answer_of_a_supplier() {
    assert_eq!(
        told(&x12(
            "850",
            &["BEG*00*SA*PO-7**20260228", "BEG*00*SA*PO-8**20260228"]
        )),
        [
            "no: segment 3 (ST): \"850\" is no message that a supplier answers with",
            "no: segment 6 (ST): \"850\" is no message that a supplier answers with",
        ]
    );
}
