// The package in the bundlers that most people use, and in TypeScript; `npm run matrix` has more.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { HOSTS } from "./hosts.mjs";
import { TRIED, tryHost, wanted } from "./matrix.mjs";
import { installPackage } from "./project.mjs";

let expected;
before(async () => {
  expected = await wanted();
  await installPackage();
});

for (const host of HOSTS.filter(({ inCI }) => inCI)) {
  test(host.name, async () => {
    const row = await tryHost(host, expected);
    for (const name of TRIED) assert.equal(row[name], "yes", row.untested ?? name);
  });
}
