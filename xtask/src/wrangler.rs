//! wrangler's command line, kept off the network and out of the home folder.

use std::process::Command;

use crate::project::Project;

/// What keeps it from reporting, asking, downloading, and recording every request.
const QUIET: [(&str, &str); 8] = [
    ("CLOUDFLARE_CF_FETCH_ENABLED", "false"),
    ("WRANGLER_HIDE_BANNER", "true"),
    ("WRANGLER_NO_SKILLS_UPDATE_PROMPTS", "true"),
    ("WRANGLER_SEND_ERROR_REPORTS", "false"),
    ("WRANGLER_SEND_METRICS", "false"),
    ("WRANGLER_WRITE_LOGS", "false"),
    ("X_LOCAL_EXPLORER", "false"),
    ("X_LOCAL_OBSERVABILITY", "false"),
];

/// wrangler, on the Node among the npm packages.
pub fn command(project: &Project, subcommand: &str) -> Command {
    let mut command = project.command(project.npm_bin("node"));
    command
        .arg(project.path("node_modules/wrangler/bin/wrangler.js"))
        .arg(subcommand)
        .envs(QUIET);
    command
}
