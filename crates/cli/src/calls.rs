//! Which command makes a call: services tell their callers what to do next by the names of calls,
//! and an operator has commands.

/// Every call of the services, and the command that makes it.
const COMMANDS: &[(&str, &str)] = &[
    ("PlaceOrder", "backorder place"),
    ("PlaceOrders", "backorder import orders"),
    ("CancelOrder", "backorder cancel"),
    ("AcceptSubstitute", "backorder substitute"),
    ("GetOrder", "backorder order show"),
    ("ListOrders", "backorder order list"),
    ("FindOrders", "backorder order find"),
    ("WatchOrder", "backorder order watch"),
    ("DefineItem", "backorder item define"),
    ("RenameItem", "backorder item rename"),
    ("DefineLocation", "backorder location define"),
    ("ListLocations", "backorder location list"),
    ("ReceiveStock", "backorder receive"),
    ("ReceiveStocks", "backorder receive"),
    ("AdjustStock", "backorder adjust"),
    ("CountStock", "backorder count"),
    ("MoveStock", "backorder move"),
    ("ReceiveMove", "backorder receive --move"),
    ("ReleaseWave", "backorder wave"),
    ("GetPickList", "backorder wave --show"),
    ("RecallWave", "backorder recall"),
    ("ReportShortPick", "backorder short"),
    ("ConfirmShipment", "backorder ship"),
    ("ReturnGoods", "backorder return"),
    ("GetStock", "backorder stock"),
    ("ListStock", "backorder stock"),
    ("WatchStock", "backorder stock --watch"),
    ("CheckAvailability", "backorder availability"),
    ("ReleaseHold", "backorder release"),
    ("GetPromise", "backorder promise"),
    ("WatchPromise", "backorder promise --watch"),
    ("WhatIf", "backorder what-if"),
    ("GetQueue", "backorder queue"),
    ("PreviewImpact", "backorder supplier impact"),
    ("ExplainAllocation", "backorder why"),
    ("GetMeasures", "backorder measures"),
    ("SetRankingRule", "backorder rule set"),
    ("GetRankingRule", "backorder rule show"),
    ("PreviewRebalance", "backorder rebalance"),
    ("CommitRebalance", "backorder rebalance --commit"),
    ("EndWaits", "backorder discontinue"),
    ("AmendOrder", "backorder amend"),
    ("SuspendOrder", "backorder suspend"),
    ("ResumeOrder", "backorder resume"),
    ("Prioritise", "backorder prioritise"),
    ("AssignStock", "backorder assign"),
    ("DefineSupplier", "backorder supplier define"),
    ("DefineSupplierItem", "backorder supplier item"),
    ("ListSupplierItems", "backorder supplier items"),
    ("CreatePurchaseOrder", "backorder po create"),
    ("RecordSupplierMessage", "backorder po confirm"),
    ("ListSuppliers", "backorder supplier list"),
    ("ListPurchaseOrders", "backorder po list"),
    ("GetPurchaseOrder", "backorder po show"),
    ("ListNotices", "backorder notices"),
    ("ListExceptions", "backorder problems"),
    ("GetRoom", "backorder check"),
];

/// The same advice, with the command in the place of each call that it names.
pub(crate) fn as_commands(advice: &str) -> String {
    let mut told = String::with_capacity(advice.len());
    for word in advice.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric()) {
        let name = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        match COMMANDS.iter().find(|(call, _)| *call == name) {
            Some((_, command)) => {
                told.push('`');
                told.push_str(command);
                told.push('`');
                told.push_str(word.trim_start_matches(name));
            }
            None => told.push_str(word),
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::args::tree;

    /// The calls that the protos declare.
    fn declared() -> Vec<String> {
        let protos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto/backorder");
        let mut calls = Vec::new();
        for room in fs::read_dir(protos).unwrap() {
            for proto in fs::read_dir(room.unwrap().path().join("v1")).unwrap() {
                let text = fs::read_to_string(proto.unwrap().path()).unwrap();
                let named = text.lines().filter_map(|line| {
                    let name = line.trim_start().strip_prefix("rpc ")?;
                    name.split('(').next().map(str::to_owned)
                });
                calls.extend(named);
            }
        }
        calls.sort();
        calls
    }

    #[test]
    fn every_call_that_a_service_may_name_has_its_command() {
        let mut known: Vec<&str> = COMMANDS.iter().map(|(call, _)| *call).collect();
        known.sort_unstable();
        assert_eq!(known, declared());
    }

    #[test]
    fn every_command_of_a_call_is_one_that_is_there() {
        let root = tree();
        for (_, words) in COMMANDS {
            let mut command = &root;
            for word in words.split(' ').skip(1) {
                if let Some(flag) = word.strip_prefix("--") {
                    let mut flags = command.get_arguments().filter_map(|it| it.get_long());
                    assert!(flags.any(|it| it == flag), "{words}");
                } else {
                    command = command.find_subcommand(word).expect(words);
                }
            }
            assert!(!command.has_subcommands(), "{words} wants another word");
        }
    }

    #[test]
    fn advice_names_commands_where_it_named_calls() {
        assert_eq!(
            as_commands("check the number, or list open orders with ListOrders"),
            "check the number, or list open orders with `backorder order list`"
        );
        assert_eq!(
            as_commands("choose an offered SKU; GetOrder lists them"),
            "choose an offered SKU; `backorder order show` lists them"
        );
        for same in [
            "run `backorder check`",
            "GetOrders, Reorder, forgetOrder",
            "",
        ] {
            assert_eq!(as_commands(same), same);
        }
    }
}
