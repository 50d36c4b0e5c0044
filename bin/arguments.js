// How the verbs in JavaScript read their arguments: as the command does.

import { parseArgs } from "node:util";

/**
 * { positionals, values } of options that all take a value, which may begin with "-" as a number or
 * "-" itself does. Throws one line on what is wrong.
 */
export function readOptions(args, names) {
  const joined = [];
  for (const argument of args) {
    const before = joined.at(-1);
    const isValue = /^-(\d|\.|$)/.test(argument) && /^--[\w-]+$/.test(before ?? "");
    if (isValue) joined[joined.length - 1] = `${before}=${argument}`;
    else joined.push(argument);
  }
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
  try {
    return parseArgs({ args: joined, options, allowPositionals: true });
  } catch (error) {
    const [, unknown] = /^Unknown option '(.*?)'/.exec(error.message) ?? [];
    const [, missing] = /^Option '(--[\w-]+)/.exec(error.message) ?? [];
    if (unknown) throw new Error(`unknown option "${unknown}"`, { cause: error });
    throw missing ? new Error(`${missing} needs a value`, { cause: error }) : error;
  }
}
