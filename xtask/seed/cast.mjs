// Who is at the observatory, and where they talk.

export const WORKSPACE = "Quillhaven Observatory";

/** Everybody of the staff. The first is the one who looks: the sign-in link is theirs. */
export const STAFF = [
  { key: "nora", name: "Nora Lindqvist", title: "Head of operations" },
  { key: "tomas", name: "Tomás Arrieta", title: "Telescope operator, nights" },
  { key: "mei", name: "中川 芽衣", title: "Optics" },
  { key: "ruth", name: "Ruth Okonkwo", title: "Data pipeline" },
  { key: "samir", name: "Samir Haddad", title: "Instrument scientist" },
  { key: "piotr", name: "Piotr Zieliński", title: "Site and power" },
  { key: "ines", name: "Inês Carvalho", title: "Visitors and schools" },
  { key: "lior", name: "ליאור כהן", title: "Spectroscopy" },
  { key: "hal", name: "Hal Birdwhistell", title: "Machine shop" },
  { key: "zadie", name: "Zadie Ferreira-Wolstenholme-Papadimitriou", title: "Doctoral student" },
  { key: "oskar", name: "Oskar", title: "Night cook 🍲" },
  { key: "amara", name: "Amara Diallo", title: "Director" },
];

const GUEST_FIRST = ["Ada", "Bo", "Cem", "Dita", "Emeka", "Fleur", "Goran", "Hana", "Ivo", "Jun", "Kaja", "Leif"];
const GUEST_LAST = ["Abel", "Brandt", "Castro", "Dahl", "Egede", "Fontaine", "Grau", "Holm", "Ito", "Jansen", "Kovač"];

/** `count` people: the staff in their order, then guest observers. */
export function cast(count) {
  const people = STAFF.slice(0, count);
  for (let n = 0; people.length < count; n++) {
    const name = `${GUEST_FIRST[n % GUEST_FIRST.length]} ${GUEST_LAST[n % GUEST_LAST.length]}`;
    // The lists' lengths have no common divisor: it takes 132 guests until a name comes again.
    const again = Math.floor(n / (GUEST_FIRST.length * GUEST_LAST.length));
    people.push({ key: `guest-${n}`, name: again ? `${name} ${again + 1}` : name, title: "Guest observer" });
  }
  return people;
}

/**
 * The channels. `owner` makes one, everybody in `members` is in it (all, where nobody is named). `readTo` is the message that
 * the one who looks has read last, `"end"` for all of them, nothing for none.
 */
export const CHANNELS = [
  { key: "general", name: "general", readTo: "kettle" },
  { key: "night", name: "night-log", topic: "What we saw, and what kept us from seeing it", owner: "tomas", readTo: "end" },
  { key: "optics", name: "optics", topic: "Glass, silver, alignment", owner: "mei", readTo: "strain" },
  {
    key: "pipeline",
    name: "pipeline",
    topic: "From raw frames to something you can print. Runbook: https://wiki.quillhaven.example/pipeline",
    owner: "ruth",
    readTo: "end",
  },
  { key: "site", name: "site-and-power", topic: "Road, roof, diesel, batteries", owner: "piotr" },
  { key: "visitors", name: "visitors", topic: "Tours, schools, open nights", owner: "ines" },
  {
    key: "refit",
    name: "refit-budget",
    topic: "Numbers that nobody else needs yet",
    kind: "private",
    owner: "nora",
    members: ["nora", "amara", "hal", "mei"],
    readTo: "end",
  },
  { key: "guider", name: "old-guider", topic: "The guide camera of 2011, until it retired", owner: "samir", archived: true, readTo: "end" },
];

/** The directs; those of more than two are group directs. `readTo` as above. */
export const DIRECTS = [
  { key: "nora-tomas", members: ["nora", "tomas"], readTo: "end" },
  { key: "nora-mei", members: ["nora", "mei"] },
  { key: "nora-hal-piotr", members: ["nora", "hal", "piotr"] },
  { key: "nora-lior", members: ["nora", "lior"], readTo: "end" },
];
