//! What `--help` says.

use crate::arguments::Topic;

/// The text about one command, or the overview.
pub fn text(topic: Option<Topic>) -> &'static str {
    match topic {
        None => OVERVIEW,
        Some(Topic::Dev) => DEV,
        Some(Topic::Build) => BUILD,
        Some(Topic::Test) => TEST,
        Some(Topic::Check) => CHECK,
        Some(Topic::Bench) => BENCH,
        Some(Topic::Sim) => SIM,
        Some(Topic::World) => WORLD,
        Some(Topic::Seed) => SEED,
        Some(Topic::Judge) => JUDGE,
        Some(Topic::Deploy) => DEPLOY,
    }
}

const OVERVIEW: &str = "\
Usage: cargo xtask COMMAND [OPTIONS]

Commands:
  dev      set the machine up, build, and run Heliograph on it
  build    build the Worker and the web client
  test     run every test
  check    formatting, lints, documentation
  bench    measure the built system, and a yardstick beside it
  sim      the whole system in one process, under faults, seed by seed
  world    how long a message takes to a million people all over the world, by a model
  seed     fill a running Heliograph with a workspace full of people and conversations
  judge    let Lighthouse judge the web client
  deploy   build and hand the Worker to Cloudflare

Options:
  -v, --verbose   show what the steps print; otherwise only a failed one is shown
  -h, --help      this text, or the one about a command

What a command needs is installed into the project's folder first, and nothing is done twice.
";

const DEV: &str = "\
Usage: cargo xtask dev [--port N] [--persist-to DIR]

Sets the machine up, builds Worker and client, and runs them on this machine, with data that
survives a restart. Anyone may sign up, and `?region=weur` chooses the region. Ctrl-C ends it.

Options:
  --port N           listen on 127.0.0.1:N (8787)
  --persist-to DIR   keep the data, and the key of its sessions, in DIR (.dev/state)
  -v, --verbose      show what the steps print, and every request
";

const BUILD: &str = "\
Usage: cargo xtask build

Builds the Worker into build/worker/ and the web client into build/client/, prints the sizes of
both wasm modules, and fails if one is over its budget.

Options:
  -v, --verbose   show what the steps print
";

const TEST: &str = "\
Usage: cargo xtask test [FILTER]

Runs the native tests, those on Miniflare (tests/miniflare/), those in Chromium (tests/browser/),
and a dry run of the deployment. The last line counts what passed and failed. CHROMIUM_BIN names
the browser; without one on a Debian, root gets it installed with apt-get.

With FILTER: only native tests and JavaScript test files with it in their name; if there is no such
file, the single JavaScript tests with it in theirs. Neither build sizes nor the deployment are
looked at then.

Options:
  -v, --verbose   show what the steps print
";

const CHECK: &str = "\
Usage: cargo xtask check

Checks formatting, lints and documentation: the cores and tools natively, the shells for wasm.

Options:
  -v, --verbose   show what the steps print
";

const BENCH: &str = "\
Usage: cargo xtask bench [NAME...] [--yardstick] [--json FILE] [--worker DIR]

Builds the Worker, runs it under workerd alone, drives it with a load generator, and prints what it
did beside what that cost: microseconds of the server's processor time, milliseconds, memory. A run
in which anything was lost, doubled or out of order ends with an error. Let nothing else run
meanwhile: what did is shown.

Without a NAME everything is measured, with the yardsticks; that takes about 15 minutes. Names:
  fanout    1 channel with 1,000 sockets, as fast as it goes (fanout-32, fanout-320 in flight)
  rooms     100 channels of 10 sockets, everyone sends: the highest rate that is held
  light     20 messages a second to 100 sockets
  publish   durable messages to 1 subscriber, as fast as it goes (publish-one and publish-joined from
            one sender, each a frame or joined; publish-many from 64 in channels of their own)
  idle      5,000 sockets on which nothing happens: memory each
  storm     5,000 sockets come back at once
  wake      a message into tiers that sleep
And, by itself and without workerd, in some minutes:
  curves    what a message costs the cores, and what they hold in memory, as users, channels,
            connections and gateways grow

Options:
  --yardstick     also measure a minimal chat on partyserver, without and with an INSERT a message
  --json FILE     write the figures to FILE too
  --worker DIR    measure the Worker in DIR as it is, such as a copy of build/worker/
  -v, --verbose   show what the steps print
";

const SIM: &str = "\
Usage: cargo xtask sim [--seeds N] [--first S] [--seed S [--shrink]] [--mistake NAME]

Runs the cores of the shipped code in one deterministic process: connections that break, objects
that are evicted, panic or die with what was not confirmed, deploys, clocks that jump. The promises
of the contract are checked with everything that a client sees. Prints steps, faults and the first
seed that fails, which replays byte for byte, and the smallest run found that fails like it.

Options:
  --seeds N        how many seeds (200)
  --first S        the first of them (1)
  --seed S         this one alone, with all that happens in it
  --shrink         with --seed: the smallest run found that fails like it
  --mistake NAME   make a mistake on purpose, to see it found; `list` names them
  -v, --verbose    show what the build prints
";

const WORLD: &str = "\
Usage: cargo xtask world [--people N] [--slots N] [--home REGION] [--rate N] [--messages N] [COST...]

Puts a channel's people on gateways in nine regions, all in one process and each a connection of the
shipped cores, and has some of them write: one now and then, then so many a second. Distances are
published, what things cost is measured. Prints how long it took from writing to receipt by region.
A million people take about a minute and 3.2 GB of memory.

Options:
  --people N       how many (1000000)
  --slots N        gateways of each region, the variable GATEWAY_SLOTS (18)
  --home REGION    where the channel's server is (enam)
  --rate N         messages a second in the busy channel (10)
  --messages N     how many of them (100)
  --frame-us N     to send or to take in a frame, in microseconds (20)
  --line-ns N      a further line in a frame, in nanoseconds (660)
  --commit-us N    the writes of a turn, in microseconds (200)
  --durable-us N   until what was written is durable, in microseconds (11000)
  -v, --verbose    show what the build prints
";

const SEED: &str = "\
Usage: cargo xtask seed [--url URL] [--people N] [--messages N]

Fills a running Heliograph, such as that of `cargo xtask dev`, with the workspace of a small
observatory: channels (one private, one archived), directs, threads, reactions, edited and deleted
messages, unread ones and mentions. It uses the public API alone, and does what it is told where the
server says `rate_limited` or `overloaded`. In the end it prints a link that signs a browser in.

Options:
  --url URL        where it listens (http://127.0.0.1:8787)
  --people N       how many people (12)
  --messages N     how many messages (250)
  -v, --verbose    show what the steps print
";

const JUDGE: &str = "\
Usage: cargo xtask judge

Builds everything, starts the Worker, seeds it, and has Lighthouse judge the page at the door and a
channel, as a desktop and as a phone. Prints the scores and what cost points, and fails below 100 in
accessibility or best practices, or below 90 in performance. The reports come to build/judge/. Let
nothing else run meanwhile. CHROMIUM_BIN names the browser.

Options:
  -v, --verbose   show what the steps print
";

const DEPLOY: &str = "\
Usage: cargo xtask deploy [--dry-run]

Builds Worker and client and runs `wrangler deploy`, which asks for a Cloudflare account. The
secret SESSION_KEY has to be set once: npx wrangler secret put SESSION_KEY

Options:
  --dry-run       do everything but hand it over; needs neither account nor network
  -v, --verbose   show what the steps print
";
