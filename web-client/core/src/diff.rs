//! The keyed diff: what has to be done to one list so that it becomes another.
//!
//! Places are said by the key that comes after, as `insertBefore` wants them. Rows that keep their order among themselves are
//! never moved, so that focus, selection and scroll position in them stay.

use litemap::LiteMap;

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
    let old_keys: Vec<&str> = old.iter().map(Keyed::key).collect();
    let new_keys: Vec<&str> = new.iter().map(Keyed::key).collect();
    let changed = |was: usize, is: usize| old.get(was) != new.get(is);
    let key = |keys: &[&str], index: usize| keys.get(index).map(|&key| key.to_owned());
    plan(&old_keys, &new_keys, &changed)
        .into_iter()
        .filter_map(|step| {
            Some(match step {
                Step::Remove(index) => Patch::Remove {
                    key: key(&old_keys, index)?,
                },
                Step::Update(index) => Patch::Update {
                    item: new.get(index)?.clone(),
                },
                Step::Move(index, before) => Patch::Move {
                    key: key(&new_keys, index)?,
                    before: before.and_then(|index| key(&new_keys, index)),
                },
                Step::Insert(index, before) => Patch::Insert {
                    item: new.get(index)?.clone(),
                    before: before.and_then(|index| key(&new_keys, index)),
                },
            })
        })
        .collect()
}

/// A [`Patch`] by indexes: of the old list in `Remove`, of the new one else.
enum Step {
    Remove(usize),
    Update(usize),
    Move(usize, Option<usize>),
    Insert(usize, Option<usize>),
}

/// The steps, found by keys alone; `changed` tells whether an old row differs from a new one.
fn plan(old: &[&str], new: &[&str], changed: &dyn Fn(usize, usize) -> bool) -> Vec<Step> {
    let (old_places, new_places) = (places(old), places(new));
    let mut steps: Vec<Step> = old_places
        .iter()
        .filter(|(key, _)| !new_places.contains_key(*key))
        .map(|(_, &index)| Step::Remove(index))
        .collect();
    let counted = |index: &usize| {
        new.get(*index)
            .is_some_and(|key| new_places.get(key) == Some(index))
    };
    let rows: Vec<(usize, Option<usize>)> = (0..new.len())
        .filter(counted)
        .map(|index| {
            let was = new.get(index).and_then(|key| old_places.get(key));
            (index, was.copied())
        })
        .collect();
    let from: Vec<Option<usize>> = rows.iter().map(|&(_, was)| was).collect();
    let resting = longest_rising(&from);
    let mut before = None;
    for (row, &(index, was)) in rows.iter().enumerate().rev() {
        match was {
            None => steps.push(Step::Insert(index, before)),
            Some(was) => {
                if resting.get(row) != Some(&true) {
                    steps.push(Step::Move(index, before));
                }
                if changed(was, index) {
                    steps.push(Step::Update(index));
                }
            }
        }
        before = Some(index);
    }
    steps
}

/// Where each key stands first.
fn places<'a>(keys: &[&'a str]) -> LiteMap<&'a str, usize> {
    let mut places = LiteMap::new();
    for (index, key) in keys.iter().enumerate() {
        places.try_insert(*key, index);
    }
    places
}

/// Which indexes make up a longest rising run of the places that are given.
fn longest_rising(places: &[Option<usize>]) -> Vec<bool> {
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
    let mut run = vec![false; places.len()];
    let mut at = tails.last().map(|&(_, index)| index);
    while let Some(index) = at {
        if let Some(rests) = run.get_mut(index) {
            *rests = true;
        }
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
