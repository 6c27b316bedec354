//! What holds for every file.

use proptest::prelude::*;

use super::*;

/// Orders of up to four lines, each line as a row of a plain file.
fn orders() -> impl Strategy<Value = Vec<Vec<String>>> {
    let line = (0_u32..5, 1_u32..9, 0_u32..500);
    let order = (0_u32..4, 1_u32..28, prop::collection::vec(line, 1..5));
    prop::collection::vec(order, 1..12).prop_map(|orders| {
        let orders = orders.into_iter().enumerate();
        let rows = orders.map(|(number, (customer, day, lines))| {
            let lines = lines.into_iter().map(|(sku, quantity, price)| {
                format!("o{number},c{customer},,S{sku},{quantity},2026-11-{day:02},{price}.5")
            });
            lines.collect()
        });
        rows.collect()
    })
}

/// Rows of all orders, put together as `picks` says; those of one order stay in their order.
fn shuffled(orders: &[Vec<String>], picks: &[u8]) -> Vec<String> {
    let mut rest: Vec<_> = orders
        .iter()
        .map(|rows| rows.iter().cloned().peekable())
        .collect();
    let mut rows = Vec::new();
    let mut picks = picks.iter().cycle();
    while !rest.is_empty() {
        let at = usize::from(*picks.next().unwrap()) % rest.len();
        rows.extend(rest[at].next());
        if rest[at].peek().is_none() {
            drop(rest.remove(at));
        }
    }
    rows
}

/// What is asked for, whatever rows it stands in.
fn asked(entries: &[Entry]) -> Vec<String> {
    let mut asked: Vec<String> = purchases(entries)
        .iter()
        .map(|order| format!("{:?} {}", order.request(), order.at))
        .collect();
    asked.sort();
    asked
}

proptest! {
    #[test]
    fn any_permutation_of_rows_of_different_orders_gives_the_same_orders(
        orders in orders(),
        picks in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let straight = entries_of(PLAIN, &orders.concat());
        let permuted = entries_of(PLAIN, &shuffled(&orders, &picks));
        prop_assert_eq!(purchases(&straight).len(), orders.len());
        prop_assert_eq!(asked(&straight), asked(&permuted));
    }

    #[test]
    fn what_a_beginning_of_a_file_asks_for_the_whole_asks_for_as_well(
        orders in orders(),
        cut in 0_usize..12,
    ) {
        let beginning = &orders[..cut.min(orders.len())];
        let whole = asked(&entries_of(PLAIN, &orders.concat()));
        let first = asked(&entries_of(PLAIN, &beginning.concat()));
        prop_assert!(first.iter().all(|order| whole.contains(order)));
        prop_assert_eq!(first.len(), beginning.len());
    }

    #[test]
    fn no_row_is_lost_and_no_unit_taken_back_twice(
        orders in orders(),
        backs in prop::collection::vec((0_u32..14, 0_u32..4, 0_u32..5, 1_u32..6), 0..12),
        picks in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let backs = backs.into_iter().map(|(document, customer, sku, quantity)| {
            vec![format!("o{document},c{customer},,S{sku},-{quantity},2026-11-28,1")]
        });
        let all: Vec<Vec<String>> = orders.into_iter().chain(backs).collect();
        let rows = shuffled(&all, &picks);
        let entries = entries_of(PLAIN, &rows);
        let orders = purchases(&entries);
        let sold: usize = orders.iter().map(|order| order.rows.len()).sum();
        prop_assert_eq!(sold + returns(&entries).len() + left(&entries).len(), rows.len());
        for order in &orders {
            for (line, row) in (1_u32..).zip(&order.rows) {
                let parts = returns(&entries).into_iter().flat_map(|back| back.parts);
                let taken = parts.filter(|part| part.order == order.order && part.line == line);
                prop_assert!(taken.map(|part| part.quantity).sum::<u32>() <= row.quantity);
            }
        }
    }

    #[test]
    fn what_came_back_of_history_is_told_with_the_same_orders_in_any_permutation(
        orders in orders(),
        backs in prop::collection::vec((0_u32..14, 0_u32..4, 0_u32..5, 1_u32..6), 0..12),
        picks in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        // Each at a time of its own, so that the place in the file decides nothing.
        let backs = backs.into_iter().enumerate().map(|(at, (document, customer, sku, units))| {
            let document = if units % 2 == 0 { format!("C{document}-{at}") } else {
                format!("o{document}")
            };
            let customer = if document.starts_with('o') { String::new() } else {
                format!("c{customer}")
            };
            vec![format!("{document},{customer},,S{sku},-{units},2026-11-28 10:{at:02},1")]
        });
        let dated = orders.iter().enumerate().map(|(at, rows)| {
            let rows = rows.iter().map(|row| {
                let (before, price) = row.rsplit_once(',').unwrap();
                format!("{before} 10:{at:02},{price}")
            });
            rows.collect::<Vec<String>>()
        });
        let all: Vec<Vec<String>> = dated.chain(backs).collect();
        let told = |rows: &[String]| {
            let how = ReadAs { history: true, ..ReadAs::default() };
            let file = format!("{PLAIN}\n{}\n", rows.join("\n"));
            read(file.as_bytes(), how).unwrap()
        };
        let (straight, permuted) = (told(&all.concat()), told(&shuffled(&all, &picks)));
        prop_assert_eq!(asked(&straight), asked(&permuted));
        // What came back is what the rows that take back say, each unit once.
        let parts = returns(&straight).into_iter().flat_map(|back| back.parts);
        let taken: u32 = parts.map(|part| part.quantity).sum();
        let orders = purchases(&straight);
        let rows = orders.iter().flat_map(|order| &order.rows);
        prop_assert_eq!(rows.clone().map(|row| row.returned).sum::<u32>(), taken);
        prop_assert!(rows.clone().all(|row| row.returned <= row.quantity));
    }

    #[test]
    fn no_file_makes_the_reader_panic_or_lose_a_row(
        file in "(order|sku|quantity|placed_at|[a-z;,\t\n\"]|[0-9.,/eE+-]|é|\\PC){0,200}",
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _read = read(file.as_bytes(), ReadAs::default());
        let _read = read(&bytes, ReadAs::default());
        let after = format!("{PLAIN}\n{file}");
        let _read = read(after.as_bytes(), ReadAs::default());
    }
}
