// The browser is killed in the middle of a training: what was kept is at most seconds old, and the
// run ends as one that was never killed. tests/endurance/kill-page.mjs does it many times.

import assert from "node:assert/strict";
import { test } from "node:test";
import { killPage } from "../endurance/kill-page.mjs";
import { slowness } from "./helpers.mjs";

test("a browser that is killed loses seconds of a training", async (t) => {
  const kills = Number(process.env.INKLING_KILLS ?? 2);
  const { seen, ended } = await killPage({ kills, seed: 5, epochs: 10, longest: 5 });
  assert.equal(seen.length, kills);
  assert.ok(ended >= 1);
  const most = Math.max(...seen.map(({ lost }) => lost));
  t.diagnostic(`${kills} kills, ${most.toFixed(1)} s lost at most`);
  assert.ok(most <= 5 * slowness(), `${most} s`);
});
