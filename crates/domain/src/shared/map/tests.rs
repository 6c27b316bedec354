//! A shared map is a plain one in all but what a copy costs.

#![allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::{Shared, SharedSet};
use super::*;

/// What may be done to a map of numbers.
#[derive(Debug, Clone)]
enum Step {
    Insert(u16),
    Remove(u16),
    PopFirst,
    Change(u16),
    /// A copy is kept from here on.
    Copy,
    /// So many that follow one another come, or go.
    Many(u16, u16),
    Fewer(u16, u16),
    Retain(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => any::<u16>().prop_map(Step::Insert),
        6 => any::<u16>().prop_map(Step::Remove),
        1 => Just(Step::PopFirst),
        4 => any::<u16>().prop_map(Step::Change),
        1 => Just(Step::Copy),
        4 => (any::<u16>(), 1_u16..5_000).prop_map(|(from, count)| Step::Many(from, count)),
        4 => (any::<u16>(), 1_u16..9_000).prop_map(|(from, count)| Step::Fewer(from, count)),
        1 => (2_u16..40).prop_map(Step::Retain),
    ]
}

type Both = (SharedMap<u16, u32>, BTreeMap<u16, u32>);

fn take(step: &Step, (ours, plain): &mut Both) {
    let up_to = |from: u16, count: u16| from..=from.saturating_add(count);
    match *step {
        Step::Insert(key) => assert_eq!(ours.insert(key, 1), plain.insert(key, 1)),
        Step::Remove(key) => assert_eq!(ours.remove(&key), plain.remove(&key)),
        Step::PopFirst => assert_eq!(ours.pop_first(), plain.pop_first()),
        Step::Change(key) => {
            if let Some(value) = ours.get_or_insert_with(&key, || 7) {
                *value += 1;
            }
            *plain.entry(key).or_insert(7) += 1;
            *ours.get_mut(&key).unwrap() *= 2;
            *plain.get_mut(&key).unwrap() *= 2;
        }
        Step::Copy => {}
        Step::Many(from, count) => {
            ours.extend(up_to(from, count).map(|key| (key, u32::from(key))));
            plain.extend(up_to(from, count).map(|key| (key, u32::from(key))));
        }
        Step::Fewer(from, count) => {
            for key in up_to(from, count) {
                assert_eq!(ours.remove(&key), plain.remove(&key));
            }
        }
        Step::Retain(of) => {
            ours.retain(|key, _| key % of == 0);
            plain.retain(|key, _| key % of == 0);
        }
    }
}

/// The key that stands for a row is the row's first.
fn assert_sound(ours: &SharedMap<u16, u32>) {
    let firsts = ours.branches.iter().map(|branch| &branch.from[0]);
    assert!(ours.from.iter().eq(firsts));
    for branch in &ours.branches {
        let firsts = branch.pages.iter().map(|page| &page.keys[0]);
        assert!(branch.from.iter().eq(firsts));
    }
}

fn assert_same((ours, plain): &Both) {
    assert_sound(ours);
    assert_eq!(ours.len(), plain.len());
    assert!(ours.iter().eq(plain.iter()));
    assert_eq!(ours.first_key_value(), plain.first_key_value());
    assert_eq!(ours.last_key_value(), plain.last_key_value());
    for key in (0..=u16::MAX).step_by(997) {
        assert_eq!(ours.get(&key), plain.get(&key));
        for bound in [Bound::Included(&key), Bound::Excluded(&key)] {
            let found = ours.range_from(bound).take(80);
            assert!(found.eq(plain.range((bound, Bound::Unbounded)).take(80)));
        }
    }
    let counted: usize = ours.branches.iter().map(|branch| branch.pages.len()).sum();
    assert!(
        counted <= ours.len() / 8 + 2 * ours.branches.len() + 1,
        "few pages for what is there"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_shared_map_is_a_plain_map_and_its_copies_stay_as_they_were(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut both = Both::default();
        let mut copies = Vec::new();
        for step in steps {
            take(&step, &mut both);
            if matches!(step, Step::Copy) {
                copies.push((both.0.clone(), both.1.clone()));
            }
        }
        assert_same(&both);
        for copy in &copies {
            assert_same(copy);
        }
    }
}

#[test]
fn a_shared_map_has_the_bytes_of_a_plain_one_and_is_read_back() {
    let keys = |count: u32| (0..count).map(|key| key.wrapping_mul(2_654_435_761));
    for count in [0, 1, 64, 65, 10_000] {
        let ours: SharedMap<u32, String> = keys(count).map(|key| (key, key.to_string())).collect();
        let plain: BTreeMap<u32, String> = keys(count).map(|key| (key, key.to_string())).collect();
        let bytes = postcard::to_allocvec(&plain).unwrap();
        assert_eq!(postcard::to_allocvec(&ours).unwrap(), bytes);
        let read: SharedMap<u32, String> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read, ours);
        let set: SharedSet<u32> = keys(count).collect();
        let bytes = postcard::to_allocvec(&keys(count).collect::<BTreeSet<u32>>()).unwrap();
        assert_eq!(postcard::to_allocvec(&set).unwrap(), bytes);
        assert_eq!(postcard::from_bytes::<SharedSet<u32>>(&bytes).unwrap(), set);
    }
}

#[test]
fn a_write_to_a_copy_copies_one_page_and_shares_the_others() {
    let map: SharedMap<u32, u32> = (0..100_000).map(|key| (key, key)).collect();
    let mut copy = map.clone();
    *copy.get_mut(&50_000).unwrap() = 0;
    let pages = |map: &SharedMap<u32, u32>| -> Vec<*const Page<u32, u32>> {
        let branches = map.branches.iter();
        let pages = branches.flat_map(|branch| branch.pages.iter().map(Arc::as_ptr));
        pages.collect()
    };
    let (before, after) = (pages(&map), pages(&copy));
    assert_eq!(before.len(), 100_000_usize.div_ceil(PAGE));
    let others = before
        .iter()
        .zip(&after)
        .filter(|(one, other)| one != other);
    assert_eq!(others.count(), 1);
    assert_eq!(
        (map.get(&50_000), copy.get(&50_000)),
        (Some(&50_000), Some(&0))
    );
}

#[test]
fn a_shared_value_is_copied_when_it_is_written_and_only_then() {
    let mut one = Shared::from(vec![1]);
    let other = one.clone();
    assert!(std::ptr::eq(&*one, &*other));
    one.to_mut().push(2);
    assert_eq!((&*one, &*other), (&vec![1, 2], &vec![1]));
    let written: *const Vec<u32> = &*one;
    one.to_mut().push(3);
    assert!(std::ptr::eq(written, &*one), "nobody shares it any more");
    assert_eq!(
        (one.into_inner(), other.into_inner()),
        (vec![1, 2, 3], vec![1])
    );
}
