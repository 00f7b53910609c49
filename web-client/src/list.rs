//! A list on the page that follows a list of the view.

use client_core::diff::{Keyed, Patch, diff};
use litemap::LiteMap;
use web_sys::{Element, Node};

use crate::dom::Dispatch;

/// A row on the page.
pub trait Row<T> {
    /// Makes the row.
    fn new(item: &T, dispatch: &Dispatch) -> Self;
    /// Its node.
    fn node(&self) -> &Node;
    /// Shows another content.
    fn update(&mut self, item: &T);
}

/// The rows in an element.
pub struct List<T, R> {
    parent: Element,
    items: Vec<T>,
    rows: LiteMap<String, R>,
    dispatch: Dispatch,
}

impl<T: Keyed, R: Row<T>> List<T, R> {
    /// An empty list in `parent`, which holds nothing else.
    pub fn new(parent: Element, dispatch: &Dispatch) -> Self {
        Self {
            parent,
            items: Vec::new(),
            rows: LiteMap::new(),
            dispatch: dispatch.clone(),
        }
    }

    /// The element that holds the rows.
    pub fn parent(&self) -> &Element {
        &self.parent
    }

    /// Whether `items` are shown.
    pub fn shows(&self, items: &[T]) -> bool {
        self.items == items
    }

    /// Shows `items`.
    pub fn show(&mut self, items: &[T]) {
        for patch in diff(&self.items, items) {
            match patch {
                Patch::Remove { key } => {
                    if let Some(row) = self.rows.remove(&key) {
                        let _ = self.parent.remove_child(row.node());
                    }
                }
                Patch::Update { item } => {
                    if let Some(row) = self.rows.get_mut(item.key()) {
                        row.update(&item);
                    }
                }
                Patch::Move { key, before } => self.place(&key, before.as_deref()),
                Patch::Insert { item, before } => {
                    let key = item.key().to_owned();
                    self.rows.insert(key.clone(), R::new(&item, &self.dispatch));
                    self.place(&key, before.as_deref());
                }
            }
        }
        self.items = items.to_vec();
    }

    fn place(&self, key: &str, before: Option<&str>) {
        if let Some(row) = self.rows.get(key) {
            let next = before.and_then(|key| self.rows.get(key)).map(Row::node);
            let _ = self.parent.insert_before(row.node(), next);
        }
    }
}
