//! The list of `GET /channels`: the workspace's public channels and the caller's own, in the order of their ids.

use std::collections::BTreeMap;

use protocol::{
    api::{BootChannel, Role},
    id::ChannelId,
    message::Seq,
    permission::{WorkspaceAction, may_in_workspace},
    ring::Ring,
};

use crate::query::Paging;

/// Channels, each with the last message that the caller has read.
pub type Channels = Vec<(ChannelId, Seq)>;

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// What stands on it.
    pub channels: Channels,
    /// What the next page begins after, where there is one.
    pub next_cursor: Option<ChannelId>,
}

/// The page that `paging` asks for, from all the caller's channels and a page of as many public ones, after the same
/// cursor, with whether there are more of these; whoever may not browse gets their own alone.
#[must_use]
pub fn page(
    paging: &Paging<ChannelId>,
    role: Role,
    public: (Vec<ChannelId>, bool),
    own: Channels,
) -> ListPage {
    let (public, more_public) = if may_in_workspace(WorkspaceAction::Browse, role) {
        public
    } else {
        (Vec::new(), false)
    };
    let mut merged: BTreeMap<ChannelId, Seq> = public.into_iter().map(|id| (id, 0)).collect();
    merged.extend(own);
    let mut channels: Channels = merged
        .into_iter()
        .filter(|(id, _)| paging.after.as_ref().is_none_or(|after| id > after))
        .collect();
    let limit = usize::try_from(paging.limit).unwrap_or(usize::MAX);
    let has_more = more_public || channels.len() > limit;
    channels.truncate(limit);
    let last = channels.last().map(|(id, _)| id.clone());
    ListPage {
        channels,
        next_cursor: last.filter(|_| has_more),
    }
}

/// The channels by the number of the server that owns them.
#[must_use]
pub fn by_server(channels: Channels, ring: &Ring) -> BTreeMap<u32, Channels> {
    let mut servers: BTreeMap<u32, Channels> = BTreeMap::new();
    for (id, last_read) in channels {
        let owner = ring.owner(id.as_str());
        servers.entry(owner).or_default().push((id, last_read));
    }
    servers
}

/// What the servers said, in the order of the ids.
#[must_use]
pub fn in_order(answers: Vec<Vec<BootChannel>>) -> Vec<BootChannel> {
    let mut channels: Vec<BootChannel> = answers.into_iter().flatten().collect();
    channels.sort_by(|a, b| a.channel.id.cmp(&b.channel.id));
    channels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ChannelId {
        ChannelId::parse(text).unwrap()
    }

    fn list(after: Option<&str>, public: &[&str], more: bool, own: &[(&str, Seq)]) -> ListPage {
        let paging = Paging {
            after: after.map(id),
            limit: 3,
        };
        let public = public.iter().copied().map(id).collect();
        let own = own.iter().map(|&(own, seq)| (id(own), seq)).collect();
        page(&paging, Role::Member, (public, more), own)
    }

    #[test]
    fn guests_see_their_own_channels_alone() {
        let paging = Paging {
            after: None,
            limit: 3,
        };
        let own = vec![(id("C2"), 1)];
        let page = page(&paging, Role::Guest, (vec![id("C1")], true), own);
        assert_eq!(page.channels, [(id("C2"), 1)]);
        assert_eq!(page.next_cursor, None);
    }

    #[test]
    fn public_and_own_channels_stand_in_one_order_each_once() {
        let page = list(None, &["C1", "C3"], false, &[("D1", 5), ("C3", 7)]);
        assert_eq!(page.channels, [(id("C1"), 0), (id("C3"), 7), (id("D1"), 5)]);
        assert_eq!(page.next_cursor, None);
    }

    #[test]
    fn walking_the_pages_gives_every_channel_once() {
        let public = ["C1", "C2", "C4", "C5", "C7"];
        let own = [("C2", 1), ("C3", 1), ("C6", 1), ("D8", 1)];
        let mut seen = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let left: Vec<&str> = public
                .into_iter()
                .filter(|id| after.as_deref().is_none_or(|after| *id > after))
                .collect();
            let asked: Vec<&str> = left.iter().copied().take(3).collect();
            let page = list(after.as_deref(), &asked, left.len() > 3, &own);
            seen.extend(page.channels.into_iter().map(|(id, _)| String::from(id)));
            match page.next_cursor {
                Some(cursor) => after = Some(cursor.into()),
                None => break,
            }
        }
        assert_eq!(seen, ["C1", "C2", "C3", "C4", "C5", "C6", "C7", "D8"]);
    }

    #[test]
    fn own_channels_up_to_the_cursor_are_left_out() {
        let page = list(Some("C2"), &["C3"], false, &[("C1", 1), ("C2", 1)]);
        assert_eq!(page.channels, [(id("C3"), 0)]);
    }

    #[test]
    fn a_full_page_with_more_behind_it_has_a_cursor() {
        let full = list(None, &["C1", "C2", "C3"], true, &[]);
        assert_eq!(full.next_cursor, Some(id("C3")));
        let exact = list(None, &["C1", "C2", "C3"], false, &[]);
        assert_eq!(exact.next_cursor, None);
        let pushed_out = list(None, &["C1", "C2", "C3"], false, &[("C0", 1)]);
        assert_eq!(pushed_out.next_cursor, Some(id("C2")));
    }

    #[test]
    fn every_server_is_asked_for_what_it_owns() {
        let ring = Ring::new(1, 4);
        let channels: Channels = (0..50).map(|n| (id(&format!("C{n}")), n)).collect();
        let servers = by_server(channels.clone(), &ring);
        assert_eq!(
            servers.values().map(Vec::len).sum::<usize>(),
            channels.len()
        );
        for (server, channels) in servers {
            for (id, _) in channels {
                assert_eq!(ring.owner(id.as_str()), server);
            }
        }
    }
}
