//! What needs a person, as checks: one a kind, in groups. Must not know how a room finds it.

use api::room::v1::{Exception, ExceptionKind};

use super::super::problems::{kind_word, next};
use super::finding::Finding;
use super::standing::Stands;

/// The kinds of a group: what is wrong fails the check, or warns.
type Group = (&'static str, &'static [(ExceptionKind, bool)]);

const GROUPS: [Group; 4] = [
    (
        "Letters",
        &[
            (ExceptionKind::LettersDelayed, true),
            (ExceptionKind::LetterFailed, false),
        ],
    ),
    (
        "Suppliers",
        &[
            (ExceptionKind::SupplierUnknown, true),
            (ExceptionKind::PurchaseOrderLate, false),
            (ExceptionKind::DeliveryUncounted, false),
        ],
    ),
    (
        "Shortfalls",
        &[
            (ExceptionKind::PickedForNobody, true),
            (ExceptionKind::StockShort, false),
            (ExceptionKind::SupplyUnknown, false),
        ],
    ),
    (
        "Customers",
        &[
            (ExceptionKind::PromiseOverdue, false),
            (ExceptionKind::OrderRefused, false),
            (ExceptionKind::OrderSuspended, false),
            (ExceptionKind::SideEffectStuck, true),
        ],
    ),
];

/// The groups, with a finding for each kind of which there are any, or one that all is well.
pub(super) fn groups(standing: &[Stands]) -> Vec<(&'static str, Vec<Finding>)> {
    if standing.is_empty() {
        return Vec::new();
    }
    let group = |(name, kinds): &Group| {
        let found = kinds
            .iter()
            .filter_map(|(kind, fails)| found(standing, *kind, *fails));
        let mut found: Vec<Finding> = found.collect();
        if found.is_empty() {
            let kinds: Vec<String> = kinds.iter().map(|(kind, _)| kind_word(*kind)).collect();
            let seen = format!("none of: {}", kinds.join(", "));
            found.push(Finding::well(name.to_lowercase(), seen));
        }
        (*name, found)
    };
    GROUPS.iter().map(group).collect()
}

/// All of a kind, told by the longest standing one.
fn found(standing: &[Stands], kind: ExceptionKind, fails: bool) -> Option<Finding> {
    let totals = standing.iter().flat_map(|stands| &stands.exceptions.totals);
    let totals = totals.filter(|total| total.kind() == kind);
    let count = totals.fold(0_u64, |sum, total| sum.saturating_add(total.count));
    let all = standing
        .iter()
        .flat_map(|stands| &stands.exceptions.exceptions);
    let worst: Option<&Exception> = all.into_iter().find(|it| it.kind() == kind);
    if count == 0 {
        return None;
    }
    let mut seen = worst.map(|worst| worst.text.clone()).unwrap_or_default();
    if count > 1 {
        seen = format!("{count}; first: {seen}");
    }
    let remedy = match worst.map(next) {
        Some((advice, command)) => format!("{command}: {advice}"),
        None => "see `backorder problems`".to_owned(),
    };
    let name = kind_word(kind);
    Some(if fails {
        Finding::ill(name, seen, remedy)
    } else {
        Finding::warning(&name, seen, remedy)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_checked_in_one_group() {
        for number in 1..=11 {
            let kind = ExceptionKind::try_from(number).unwrap();
            let groups = GROUPS
                .iter()
                .filter(|(_, kinds)| kinds.iter().any(|(it, _)| *it == kind));
            assert_eq!(groups.count(), 1, "{kind:?}");
        }
    }
}
