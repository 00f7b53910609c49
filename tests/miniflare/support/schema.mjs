// The part of JSON Schema that the description of the HTTP calls uses.

/** How `value` does not fit `schema`, a line each. Fields that are not listed fit: they may be added. */
export function faults(document, schema, value, at = "answer") {
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    const check = KEYWORDS[keyword];
    if (!check) throw new Error(`the keyword ${keyword} is not known`);
    return check(wanted, value, at, document);
  });
}

const fault = (fits, at, text) => (fits ? [] : [`${at}: ${text}`]);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const TYPES = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  integer: Number.isSafeInteger,
  null: (value) => value === null,
};
const number = (compare, words) => (wanted, value, at) =>
  fault(typeof value !== "number" || compare(value, wanted), at, `${value} is ${words} ${wanted}`);
const length = (compare, words) => (wanted, value, at) =>
  fault(typeof value !== "string" || compare([...value].length, wanted), at, `${words} than ${wanted} characters`);

const KEYWORDS = {
  $ref: (wanted, value, at, document) => faults(document, resolve(document, wanted), value, at),
  allOf: (wanted, value, at, document) => wanted.flatMap((part) => faults(document, part, value, at)),
  type: (wanted, value, at) => fault([wanted].flat().some((type) => TYPES[type](value)), at, `${JSON.stringify(value)} is no ${wanted}`),
  enum: (wanted, value, at) => fault(wanted.includes(value), at, `${value} is none of ${wanted}`),
  pattern: (wanted, value, at) => fault(typeof value !== "string" || new RegExp(wanted, "u").test(value), at, `${value} is not ${wanted}`),
  minimum: number((value, wanted) => value >= wanted, "less than"),
  maximum: number((value, wanted) => value <= wanted, "more than"),
  minLength: length((value, wanted) => value >= wanted, "fewer"),
  maxLength: length((value, wanted) => value <= wanted, "more"),
  maxItems: (wanted, value, at) => fault(!Array.isArray(value) || value.length <= wanted, at, `more than ${wanted} items`),
  required: (wanted, value, at) => (isObject(value) ? wanted.flatMap((name) => fault(name in value, at, `no ${name}`)) : []),
  properties: (wanted, value, at, document) =>
    isObject(value)
      ? Object.entries(wanted).flatMap(([name, schema]) => (name in value ? faults(document, schema, value[name], `${at}.${name}`) : []))
      : [],
  additionalProperties: (wanted, value, at, document) =>
    Object.entries(value ?? {}).flatMap(([name, field]) => faults(document, wanted, field, `${at}.${name}`)),
  items: (wanted, value, at, document) =>
    Array.isArray(value) ? value.flatMap((item, n) => faults(document, wanted, item, `${at}[${n}]`)) : [],
  description: () => [],
  default: () => [],
};

/** What a reference within the document leads to. */
export function resolve(document, reference) {
  return reference
    .slice(2)
    .split("/")
    .reduce((value, key) => value[key.replaceAll("~1", "/").replaceAll("~0", "~")], document);
}
