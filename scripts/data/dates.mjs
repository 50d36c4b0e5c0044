// Dates as people write them, and the same in ISO 8601, made up: each day of 1900 to 2099 is as
// likely as another, and so is each way below that can write it. Numbers alone have one reading:
// year first, or day first, with dots or slashes; month first, with slashes, only where the day is
// above 12, so that 3/5/1979 is always the third of May. Years of two digits are 1969 to 2068, as
// POSIX reads them. Chance begins from seed 1.

import { random } from "./common.mjs";

const TRAIN = 50000;
const VALIDATION = 1000;
const TEST = 10000;

const list = (words) => words.split(" ");
const MONTHS = list(
  "January February March April May June July August September October November December",
);
const MONTHS_SHORT = list("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec");
const MONTHS_DOTTED = list("Jan. Feb. Mar. Apr. May June July Aug. Sept. Oct. Nov. Dec.");
const WEEKDAYS = list("Sunday Monday Tuesday Wednesday Thursday Friday Saturday");
const WEEKDAYS_SHORT = list("Sun Mon Tue Wed Thu Fri Sat");
const GERMAN_MONTHS = list(
  "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
);
const GERMAN_SHORT = list("Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.");
const GERMAN_WEEKDAYS = list("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag");
const FRENCH_MONTHS = list(
  "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
);
const FRENCH_SHORT = list("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.");
const FRENCH_WEEKDAYS = list("dimanche lundi mardi mercredi jeudi vendredi samedi");
const ORDINALS = list(
  "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth " +
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third " +
    "twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first",
);

const two = (n) => String(n).padStart(2, "0");
const suffix = (n) => ((n > 3 && n < 21) || n % 10 > 3 ? "th" : ["th", "st", "nd", "rd"][n % 10]);

/** The parts of a day, by the names that the ways of writing have for them. */
function fields(date) {
  const [d, m, y, w] = [
    date.getUTCDate(),
    date.getUTCMonth(),
    date.getUTCFullYear(),
    date.getUTCDay(),
  ];
  return {
    d,
    dd: two(d),
    m: m + 1,
    mm: two(m + 1),
    yy: two(y % 100),
    yyyy: y,
    dth: d + suffix(d),
    ordinal: ORDINALS[d - 1],
    Month: MONTHS[m],
    Mon: MONTHS_SHORT[m],
    Monp: MONTHS_DOTTED[m],
    Weekday: WEEKDAYS[w],
    Wkd: WEEKDAYS_SHORT[w],
    Monat: GERMAN_MONTHS[m],
    Mo: GERMAN_SHORT[m],
    Tag: GERMAN_WEEKDAYS[w],
    Tg: GERMAN_WEEKDAYS[w].slice(0, 2),
    mois: FRENCH_MONTHS[m],
    ms: FRENCH_SHORT[m],
    jour: FRENCH_WEEKDAYS[w],
    jr: `${FRENCH_WEEKDAYS[w].slice(0, 3)}.`,
    der: d === 1 ? "1er" : d,
  };
}

/** Ways of writing; {yy} only of 1969 to 2068. */
export const FORMATS = [
  // Numbers, year first
  "{yyyy}-{mm}-{dd}",
  "{yyyy}-{m}-{d}",
  "{yyyy}/{mm}/{dd}",
  "{yyyy}/{m}/{d}",
  "{yyyy}.{mm}.{dd}",
  "{yyyy} {mm} {dd}",
  "{yyyy}{mm}{dd}",
  // Numbers, day first
  "{d}.{m}.{yyyy}",
  "{dd}.{mm}.{yyyy}",
  "{d}. {m}. {yyyy}",
  "{d}.{m}.{yy}",
  "{dd}.{mm}.{yy}",
  // Day, month, year
  "{d} {Month} {yyyy}",
  "{dd} {Month} {yyyy}",
  "{d} {Month}, {yyyy}",
  "{d} {Month} '{yy}",
  "{d}. {Month} {yyyy}",
  "{d} {Mon} {yyyy}",
  "{dd} {Mon} {yyyy}",
  "{d} {Mon} '{yy}",
  "{d} {Monp} {yyyy}",
  "{d}-{Mon}-{yyyy}",
  "{dd}-{Mon}-{yy}",
  "{d}/{Mon}/{yyyy}",
  "{dd}{Mon}{yyyy}",
  "{d}-{Month}-{yyyy}",
  "{dth} {Month} {yyyy}",
  "{dth} {Month}, {yyyy}",
  "{dth} {Mon} {yyyy}",
  "{dth} {Month} '{yy}",
  "{dth} of {Month} {yyyy}",
  "{dth} of {Month}, {yyyy}",
  "the {dth} of {Month} {yyyy}",
  "the {dth} of {Month}, {yyyy}",
  "the {dth} of {Month} '{yy}",
  "the {ordinal} of {Month} {yyyy}",
  "the {ordinal} of {Month}, {yyyy}",
  // Month, day, year
  "{Month} {d}, {yyyy}",
  "{Month} {d} {yyyy}",
  "{Month} {dd}, {yyyy}",
  "{Month} {d}, '{yy}",
  "{Month} {dth}, {yyyy}",
  "{Month} {dth} {yyyy}",
  "{Month} the {dth}, {yyyy}",
  "{Month} {ordinal}, {yyyy}",
  "{Month} the {ordinal}, {yyyy}",
  "{Mon} {d}, {yyyy}",
  "{Mon} {d} {yyyy}",
  "{Mon} {dd} {yyyy}",
  "{Mon} {dth}, {yyyy}",
  "{Mon} {dth} '{yy}",
  "{Monp} {d}, {yyyy}",
  "{Mon}-{dd}-{yyyy}",
  "{Mon}/{d}/{yyyy}",
  // Year, month, day
  "{yyyy} {Month} {d}",
  "{yyyy}, {Month} {dth}",
  "{yyyy}-{Mon}-{dd}",
  "{yyyy} {Mon} {d}",
  // With the day of the week
  "{Weekday}, {d} {Month} {yyyy}",
  "{Weekday} {d} {Month} {yyyy}",
  "{Weekday}, {Month} {d}, {yyyy}",
  "{Weekday} {Month} {dth}, {yyyy}",
  "{Weekday}, {dth} {Month} {yyyy}",
  "{Weekday} the {dth} of {Month} {yyyy}",
  "{Weekday}, the {dth} of {Month}, {yyyy}",
  "{Wkd} {d} {Month} {yyyy}",
  "{Wkd}, {dd} {Mon} {yyyy}",
  "{Wkd} {Mon} {d} {yyyy}",
  "{Wkd}, {Month} {d}, {yyyy}",
  "{Wkd} {dth} {Mon} '{yy}",
  "{Weekday}, {d}.{m}.{yyyy}",
  "{Weekday} {yyyy}-{mm}-{dd}",
  "{d} {Month} {yyyy} ({Weekday})",
  "{Month} {d}, {yyyy} ({Wkd})",
  // German
  "{d}. {Monat} {yyyy}",
  "{dd}. {Monat} {yyyy}",
  "{d} {Monat} {yyyy}",
  "{d}. {Mo} {yyyy}",
  "{Tag}, {d}. {Monat} {yyyy}",
  "{Tag}, den {d}. {Monat} {yyyy}",
  "{Tg}, {d}. {Monat} {yyyy}",
  "am {d}. {Monat} {yyyy}",
  "{Tag}, {dd}.{mm}.{yyyy}",
  // French
  "{der} {mois} {yyyy}",
  "{d} {mois} {yyyy}",
  "{der} {ms} {yyyy}",
  "le {der} {mois} {yyyy}",
  "{jour} {der} {mois} {yyyy}",
  "le {jour} {der} {mois} {yyyy}",
  "{jr} {der} {mois} {yyyy}",
];

/** With slashes: those day first, and those month first, for which the day must be above 12. */
const DAY_FIRST = ["{d}/{m}/{yyyy}", "{dd}/{mm}/{yyyy}"];
const MONTH_FIRST = ["{m}/{d}/{yyyy}", "{mm}/{dd}/{yyyy}"];
export const SLASHED = [...DAY_FIRST, ...MONTH_FIRST];

const canWrite = (format, { d, yyyy }) =>
  (d > 12 || !MONTH_FIRST.includes(format)) &&
  (!format.includes("{yy}") || (yyyy >= 1969 && yyyy <= 2068));

/** Small letters, capitals, a space or a comma too many, or a comma left out: each now and then. */
function carelessly(text, next) {
  const chance = next(100);
  if (chance < 20) return text.toLowerCase();
  if (chance < 28) return text.toUpperCase();
  if (chance < 33) return text.replace(/ /g, "  ");
  if (chance < 37) return ` ${text}`;
  if (chance < 41) return `${text} `;
  if (chance < 45) return text.replace(/, /g, " ,");
  if (chance < 49) return text.replace(/,/g, "");
  if (chance < 52) return `${text},`;
  if (chance < 55) return text.replace(/ (?=\d{4}$)/, ", ").replace(",,", ",");
  return text;
}

function* pairs(next) {
  const days = Math.round((Date.UTC(2100, 0) - Date.UTC(1900, 0)) / 86400e3);
  const seen = new Set();
  for (;;) {
    const date = new Date(Date.UTC(1900, 0, 1 + next(days)));
    const parts = fields(date);
    const formats = [...FORMATS, ...SLASHED].filter((format) => canWrite(format, parts));
    const format = formats[next(formats.length)];
    const text = carelessly(
      format.replace(/\{(\w+)\}/g, (_, name) => parts[name]),
      next,
    );
    if (seen.has(text)) continue; // so that no text is in two parts
    seen.add(text);
    yield [text, date.toISOString().slice(0, 10)];
  }
}

export default async function dates() {
  const source = pairs(random(1));
  const take = (count) => Array.from({ length: count }, () => source.next().value);
  return { train: take(TRAIN), validation: take(VALIDATION), test: take(TEST) };
}
