// Weather readings, as many as are wanted and always the same: what fills #night-log beyond what people have to say.

const DIRECTIONS = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
const MINUTES_BETWEEN = 10;
const NIGHT_BEGINS_MIN = 18 * 60;
const REMARKS = [
  "Nothing to add.",
  "Thin cloud in the south, moving away.",
  "Dew point is coming closer; heaters on.",
  "Satellite train at the edge of the field, 40 s.",
  "Guiding is *steady*.",
  "A fox on the lower road.",
  "Focus moved by 0.02 mm with the temperature.",
  "Flat as a lake.",
];

/** The text of the `n`th reading, from 0. */
export function reading(n) {
  // A walk that looks like weather and repeats itself only after a long while.
  const wave = (period, low, high) => low + ((high - low) * (1 + Math.sin((n * 2 * Math.PI) / period))) / 2;
  const minutes = (NIGHT_BEGINS_MIN + n * MINUTES_BETWEEN) % (24 * 60);
  const clock = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
  const seeing = wave(23, 0.8, 2.4).toFixed(1);
  const humidity = Math.round(wave(41, 38, 84));
  const wind = Math.round(wave(17, 2, 14));
  const from = DIRECTIONS[Math.floor(n / 5) % DIRECTIONS.length];
  return `\`${clock}\` seeing ${seeing}″, humidity ${humidity} %, wind ${wind} m/s from the ${from}. ${REMARKS[(n * 5) % REMARKS.length]}`;
}
