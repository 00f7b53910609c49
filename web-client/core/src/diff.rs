//! The keyed diff: what has to be done to one list so that it becomes another.
//!
//! Places are said by the key that comes after, as `insertBefore` wants them. Rows that keep their order among themselves are
//! never moved, so that focus, selection and scroll position in them stay.

use std::collections::{BTreeMap, BTreeSet};

/// A row that has a name of its own among its siblings.
pub trait Keyed: Clone + PartialEq {
    /// The row's name: unique in its list, and the same as long as it is the same thing.
    fn key(&self) -> &str;
}

/// One step from the old list to the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Patch<T> {
    /// Takes the row `key` out.
    Remove {
        /// Which row.
        key: String,
    },
    /// Gives a row that stays its new content.
    Update {
        /// The content; its key says which row.
        item: T,
    },
    /// Moves the row `key` in front of the row `before`, to the end where that is `None`.
    Move {
        /// Which row.
        key: String,
        /// Where to.
        before: Option<String>,
    },
    /// Puts a new row in front of the row `before`, to the end where that is `None`.
    Insert {
        /// The row.
        item: T,
        /// Where to.
        before: Option<String>,
    },
}

/// The steps that make `new` of `old`, to be taken in order. Of rows with the same key only the first counts.
#[must_use]
pub fn diff<T: Keyed>(old: &[T], new: &[T]) -> Vec<Patch<T>> {
    let (old, new) = (unique(old), unique(new));
    let wanted: BTreeSet<&str> = new.iter().map(|item| item.key()).collect();
    let mut patches: Vec<Patch<T>> = old
        .iter()
        .filter(|item| !wanted.contains(item.key()))
        .map(|item| Patch::Remove {
            key: item.key().to_owned(),
        })
        .collect();

    let places: BTreeMap<&str, (usize, &T)> = old
        .iter()
        .enumerate()
        .map(|(place, item)| (item.key(), (place, *item)))
        .collect();
    let from: Vec<Option<usize>> = new
        .iter()
        .map(|item| places.get(item.key()).map(|&(place, _)| place))
        .collect();
    let resting = longest_rising(&from);

    let mut before: Option<&str> = None;
    for (index, item) in new.iter().enumerate().rev() {
        match places.get(item.key()) {
            None => patches.push(Patch::Insert {
                item: (*item).clone(),
                before: before.map(str::to_owned),
            }),
            Some(&(_, was)) => {
                if !resting.contains(&index) {
                    patches.push(Patch::Move {
                        key: item.key().to_owned(),
                        before: before.map(str::to_owned),
                    });
                }
                if was != *item {
                    patches.push(Patch::Update {
                        item: (*item).clone(),
                    });
                }
            }
        }
        before = Some(item.key());
    }
    patches
}

fn unique<T: Keyed>(list: &[T]) -> Vec<&T> {
    let mut seen = BTreeSet::new();
    list.iter().filter(|item| seen.insert(item.key())).collect()
}

/// The indexes of a longest rising run of the places that are given.
fn longest_rising(places: &[Option<usize>]) -> BTreeSet<usize> {
    // `tails[n]` ends the run of length n + 1 that ends lowest: (place, index).
    let mut tails: Vec<(usize, usize)> = Vec::new();
    let mut previous: Vec<Option<usize>> = vec![None; places.len()];
    for (index, place) in places.iter().enumerate() {
        let Some(place) = *place else { continue };
        let length = tails.partition_point(|&(tail, _)| tail < place);
        if let (Some(link), Some(shorter)) = (previous.get_mut(index), length.checked_sub(1)) {
            *link = tails.get(shorter).map(|&(_, at)| at);
        }
        match tails.get_mut(length) {
            Some(tail) => *tail = (place, index),
            None => tails.push((place, index)),
        }
    }
    let mut run = BTreeSet::new();
    let mut at = tails.last().map(|&(_, index)| index);
    while let Some(index) = at {
        run.insert(index);
        at = previous.get(index).copied().flatten();
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Row(String, u8);

    impl Keyed for Row {
        fn key(&self) -> &str {
            &self.0
        }
    }

    fn apply(mut list: Vec<Row>, patches: Vec<Patch<Row>>) -> Vec<Row> {
        let place = |list: &[Row], key: &str| list.iter().position(|row| row.0 == key).unwrap();
        let target = |list: &[Row], before: Option<String>| {
            before.map_or(list.len(), |key| place(list, &key))
        };
        for patch in patches {
            match patch {
                Patch::Remove { key } => {
                    let at = place(&list, &key);
                    list.remove(at);
                }
                Patch::Update { item } => {
                    let at = place(&list, &item.0);
                    list[at] = item;
                }
                Patch::Move { key, before } => {
                    let at = place(&list, &key);
                    let row = list.remove(at);
                    let to = target(&list, before);
                    list.insert(to, row);
                }
                Patch::Insert { item, before } => {
                    let to = target(&list, before);
                    list.insert(to, item);
                }
            }
        }
        list
    }

    fn rows(keys: &[&str]) -> Vec<Row> {
        keys.iter().map(|key| Row((*key).to_owned(), 0)).collect()
    }

    fn list() -> impl Strategy<Value = Vec<Row>> {
        prop::collection::btree_map(0u8..40, any::<u8>(), 0..30)
            .prop_map(|map| {
                map.into_iter()
                    .map(|(key, value)| Row(format!("k{key}"), value % 3))
                    .collect::<Vec<_>>()
            })
            .prop_shuffle()
    }

    proptest! {
        #[test]
        fn applying_the_diff_to_the_old_list_gives_the_new_one(old in list(), new in list()) {
            let patches = diff(&old, &new);
            prop_assert_eq!(apply(old, patches), new);
        }

        #[test]
        fn a_list_does_not_differ_from_itself(list in list()) {
            prop_assert_eq!(diff(&list, &list), vec![]);
        }

        #[test]
        fn rows_that_keep_their_order_are_not_moved(list in list(), gone in any::<u64>(), fresh in 0u8..5) {
            let mut new: Vec<Row> = list.iter().enumerate()
                .filter(|(index, _)| gone >> (index % 64) & 1 == 0)
                .map(|(_, row)| row.clone())
                .collect();
            for n in 0..fresh {
                new.insert(usize::from(n) % (new.len() + 1), Row(format!("n{n}"), 0));
            }
            let moved = diff(&list, &new).iter().any(|patch| matches!(patch, Patch::Move { .. }));
            prop_assert!(!moved);
        }
    }

    #[test]
    fn one_row_that_jumps_is_one_move() {
        let patches = diff(&rows(&["a", "b", "c", "d"]), &rows(&["d", "a", "b", "c"]));
        assert_eq!(
            patches,
            [Patch::Move {
                key: "d".to_owned(),
                before: Some("a".to_owned())
            }]
        );
    }

    #[test]
    fn of_rows_with_one_key_the_first_counts() {
        let new = vec![Row("a".to_owned(), 1), Row("a".to_owned(), 2)];
        assert_eq!(apply(vec![], diff(&[], &new)), vec![Row("a".to_owned(), 1)]);
    }
}
