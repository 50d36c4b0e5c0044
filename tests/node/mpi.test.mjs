// Training split over processes by MPI: the same run as in one process, to rounding. Runs where
// scripts/test.mjs found MPI and built the command with it.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root, run, temporaryFolder } from "./helpers.mjs";

const inkling = join(root, "build/mpi/inkling");
const skip = existsSync(inkling) ? false : "the command was not built with MPI";
const text = "the quick brown fox jumps over the lazy dog, and the dog sleeps on.\n".repeat(60);
const OPTIONS =
  "--hidden 20 --layers 2 --embed 6 --batch 5 --nchars 20 --validate-every 8 --dropout 0.2 --weight-drop 0.2 --average 0.9 --seed 3 --json";

/** The progress of a run on this many processes. */
async function train(folder, processes, ...more) {
  const args = ["train", "--text", join(folder, "text.txt"), ...OPTIONS.split(" "), ...more];
  const env = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };
  const { stdout } =
    processes === 1
      ? await run(inkling, [...args, "--threads", "1"])
      : await run("mpirun", ["--oversubscribe", "-np", String(processes), inkling, ...args], {
          env,
        });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function assertSame(split, whole) {
  assert.equal(split.length, whole.length);
  split.forEach(({ step, loss }, i) => {
    assert.equal(step, whole[i].step);
    assert.ok(
      Math.abs(loss - whole[i].loss) < 1e-4 * whole[i].loss,
      `step ${step}: ${loss}, not ${whole[i].loss}`,
    );
  });
}

test("two and three processes reach the losses of one", { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "text.txt"), text);
  const out = ["--out", join(folder, "model.safetensors"), "--steps", "20"];
  const whole = await train(folder, 1, ...out);
  for (const processes of [2, 3]) assertSame(await train(folder, processes, ...out), whole);
  assert.ok(existsSync(join(folder, "model.safetensors")));
});

test("a process that cannot begin ends them all with one message", { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "text.txt"), "too short");
  await assert.rejects(
    train(folder, 2, "--out", join(folder, "model.safetensors"), "--steps", "20"),
    ({ stderr }) => {
      assert.equal(stderr.match(/^inkling: .*lower nchars or batch/gm)?.length, 1, stderr);
      return true;
    },
  );
});
