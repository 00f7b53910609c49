//! Who may do what, cell by cell, in `golden/permissions.json`, which the tests over the wire walk.
//!
//! A change of this file is a change of the contract: what is new is written with `UPDATE_GOLDEN=1` once the file is removed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::{collections::HashSet, fs, path::PathBuf};

use protocol::{
    api::{ChannelKind, Role},
    error::Code,
    permission::{RULES, Standing, WorkspaceAction, may, may_in_workspace},
};
use serde_json::{Value, json};

const ROLES: [Role; 4] = [Role::Guest, Role::Member, Role::Admin, Role::Owner];
const KINDS: [ChannelKind; 3] = [
    ChannelKind::Public,
    ChannelKind::Private,
    ChannelKind::Direct,
];
const MEMBERSHIPS: [Option<Role>; 3] = [None, Some(Role::Member), Some(Role::Owner)];

/// `AddMember` as `add_member`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn answer(may: Result<(), Code>) -> Value {
    match may {
        Ok(()) => json!("ok"),
        Err(code) => json!(code),
    }
}

/// A cell for each action, role, kind and membership: what is answered while the channel is not archived, and while it is.
fn in_channels() -> Vec<Value> {
    let mut cells = Vec::new();
    for rule in RULES {
        for role in ROLES {
            for kind in KINDS {
                for membership in MEMBERSHIPS {
                    let with = |is_archived| {
                        let standing = Standing {
                            role,
                            kind,
                            is_archived,
                            membership,
                        };
                        answer(may(rule.action, standing))
                    };
                    cells.push(json!({
                        "action": snake_case(&format!("{:?}", rule.action)), "role": role, "kind": kind,
                        "membership": membership, "open": with(false), "archived": with(true),
                    }));
                }
            }
        }
    }
    cells
}

fn in_workspace() -> Vec<Value> {
    let mut cells = Vec::new();
    for role in ROLES {
        for (name, action) in [
            ("create_channel", WorkspaceAction::CreateChannel),
            ("browse", WorkspaceAction::Browse),
            ("invite", WorkspaceAction::Invite),
        ] {
            cells
                .push(json!({"action": name, "role": role, "may": may_in_workspace(action, role)}));
        }
        for from in ROLES {
            for to in ROLES {
                let given = may_in_workspace(WorkspaceAction::GiveRole { from, to }, role);
                cells.push(json!({"action": "give_role", "role": role, "from": from, "to": to, "may": given}));
            }
        }
    }
    cells
}

fn lines(cells: &[Value]) -> String {
    let lines: Vec<String> = cells.iter().map(|cell| format!("    {cell}")).collect();
    lines.join(",\n")
}

#[test]
fn every_cell_of_the_table_is_as_in_the_golden_file() {
    let table = format!(
        "{{\n  \"channel\": [\n{}\n  ],\n  \"workspace\": [\n{}\n  ]\n}}\n",
        lines(&in_channels()),
        lines(&in_workspace())
    );
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/permissions.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() && !path.exists() {
        fs::write(&path, &table).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path:?} is missing"));
    for (number, (golden, now)) in golden.lines().zip(table.lines()).enumerate() {
        assert_eq!(golden, now, "line {}", number + 1);
    }
    assert_eq!(golden, table);
}

#[test]
fn there_is_a_cell_for_every_case_once() {
    let (channel, workspace) = (in_channels(), in_workspace());
    let cases = RULES.len() * ROLES.len() * KINDS.len() * MEMBERSHIPS.len();
    assert_eq!(channel.len(), cases);
    let cells = channel.iter().chain(&workspace);
    let different: HashSet<String> = cells.map(Value::to_string).collect();
    assert_eq!(different.len(), channel.len() + workspace.len());
}
