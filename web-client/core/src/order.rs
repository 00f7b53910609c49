//! Sorting by what a person reads. One sort serves all lists: each kind of its own would cost the page five kilobytes.

/// `items` in the order of what `key` gives for them; equal ones stay as they are.
pub fn sorted_by<T>(items: Vec<T>, key: impl Fn(&T) -> String) -> Vec<T> {
    let keys = items.iter().map(key).collect();
    let mut slots: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order_of(keys)
        .into_iter()
        .filter_map(|index| slots.get_mut(index)?.take())
        .collect()
}

/// `text` without the difference of capitals, for searching and sorting: letter by letter, as `str::to_lowercase` brings tables of its
/// own for one Greek letter at the end of words.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn order_of(keys: Vec<String>) -> Vec<usize> {
    let mut places: Vec<(String, usize)> = keys
        .into_iter()
        .enumerate()
        .map(|(index, key)| (key, index))
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(_, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ones_stay_in_their_order() {
        let sorted = sorted_by(vec![("b", 1), ("a", 2), ("b", 3), ("a", 4)], |item| {
            item.0.to_owned()
        });
        assert_eq!(sorted, [("a", 2), ("a", 4), ("b", 1), ("b", 3)]);
    }
}
