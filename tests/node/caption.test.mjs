// Captions from the command: training on pictures, captions, scores, and what is refused.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { commandWith, replaced } from "./helpers.mjs";

const folder = mkdtempSync(join(tmpdir(), "inkling-caption-"));
const at = (name) => join(folder, name);

const { succeed, fail } = commandWith();

const colours = { red: [230, 20, 20], green: [20, 180, 40], blue: [30, 60, 220] };
const shapes = {
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 4,
  cross: (x, y) =>
    Math.min(Math.abs(x), Math.abs(y)) <= 1 && Math.max(Math.abs(x), Math.abs(y)) <= 5,
};

// A binary PPM picture of a coloured shape on white, somewhere in it.
function picture(colour, shape, place, side = 16) {
  const pixels = Buffer.alloc(side * side * 3, 255);
  const [top, left] = [side / 2 - 1 + (place % 3), side / 2 - 1 + (place % 4)];
  for (let i = 0; i < side * side; i++) {
    if (shapes[shape]((i % side) - left, Math.floor(i / side) - top))
      pixels.set(colours[colour], 3 * i);
  }
  return Buffer.concat([Buffer.from(`P6\n${side} ${side}\n255\n`), pixels]);
}

const items = [];
for (let place = 0; place < 12; place++) {
  for (const colour of Object.keys(colours)) {
    for (const shape of Object.keys(shapes))
      items.push({ text: `${colour} ${shape}`, picture: picture(colour, shape, place) });
  }
}

const write = (name, list) => {
  writeFileSync(at(`${name}.txt`), list.map(({ text }) => `${text}\n`).join(""));
  writeFileSync(at(`${name}.ppm`), Buffer.concat(list.map((item) => item.picture)));
};

const training = [
  "--text",
  at("train.txt"),
  "--pictures",
  at("train.ppm"),
  "--task",
  "captioner",
  "--level",
  "word",
  "--picture",
  "16",
  "--blocks",
  "3",
  "--channels",
  "8",
  "--cell",
  "gru",
  "--hidden",
  "24",
  "--embed",
  "8",
  "--batch",
  "12",
  "--learning-rate",
  "0.01",
  "--shift",
  "1",
  "--threads",
  "2",
  "--validation",
  "0.1",
];

before(() => {
  write("train", items.slice(0, 60));
  write("test", items.slice(60));
  succeed("train", ...training, "--out", at("shapes.safetensors"), "--steps", "250", "--json");
});
after(() => rmSync(folder, { recursive: true }));

const expected = items.slice(60).map(({ text }) => text);

test("caption says what every picture of a file shows, a line each", () => {
  const model = at("shapes.safetensors");
  assert.deepEqual(succeed("caption", model, at("test.ppm")).trimEnd().split("\n"), expected);
  assert.deepEqual(JSON.parse(succeed("caption", model, at("test.ppm"), "--json")), {
    captions: expected,
  });
  assert.deepEqual(
    succeed("caption", model, at("test.ppm"), "--beam", "4").trimEnd().split("\n"),
    expected,
  );
  for (const kernel of ["scalar", "simd"]) {
    assert.equal(
      succeed("caption", model, at("test.ppm"), "--kernel", kernel),
      `${expected.join("\n")}\n`,
    );
  }
});

test("a larger picture is scaled", () => {
  writeFileSync(at("one.ppm"), picture("blue", "cross", 0, 16));
  const doubled = Buffer.alloc(32 * 32 * 3);
  const small = picture("blue", "cross", 0, 16).subarray(-16 * 16 * 3);
  for (let i = 0; i < 32 * 32; i++) {
    const from = (Math.floor(i / 64) * 16 + Math.floor((i % 32) / 2)) * 3;
    small.copy(doubled, 3 * i, from, from + 3);
  }
  writeFileSync(
    at("large.ppm"),
    Buffer.concat([Buffer.from("P6 # doubled\n32 32 255\n"), doubled]),
  );
  const caption = (name) =>
    succeed(
      "caption",
      at("shapes.safetensors"),
      at(name),
      "--temperature",
      "1",
      "--samples",
      "5",
      "--json",
    );
  assert.equal(caption("large.ppm"), caption("one.ppm"));
});

test("samples are drawn by seed, or are the best of a beam", () => {
  const caption = (...more) =>
    JSON.parse(succeed("caption", at("shapes.safetensors"), at("one.ppm"), "--json", ...more))
      .captions;
  const drawn = caption("--temperature", "3", "--samples", "6", "--seed", "4");
  assert.equal(drawn[0].length, 6);
  assert.deepEqual(caption("--temperature", "3", "--samples", "6", "--seed", "4"), drawn);
  assert.deepEqual(caption("--temperature", "3", "--seed", "5"), [drawn[0][1]]);
  assert.ok(new Set(drawn[0]).size > 1);
  const [best] = caption("--beam", "3", "--samples", "3");
  assert.equal(best[0], "blue cross");
  assert.equal(new Set(best).size, 3);
});

test("an int8 model captions as well", () => {
  succeed("quantize", at("shapes.safetensors"), "--out", at("small.safetensors"));
  assert.equal(
    succeed("caption", at("small.safetensors"), at("test.ppm")),
    `${expected.join("\n")}\n`,
  );
});

test("evaluate prints the loss, exact captions and the F1 of their words", () => {
  const evaluate = (name, ...more) =>
    succeed(
      "evaluate",
      at("shapes.safetensors"),
      "--text",
      at(`${name}.txt`),
      "--pictures",
      at(`${name}.ppm`),
      ...more,
    );
  const { nats, ...rest } = JSON.parse(evaluate("test", "--json"));
  assert.ok(nats > 0 && nats < 0.2, `${nats}`);
  assert.deepEqual(rest, { tokens: 36, exact: 1, wordF1: 1, captions: 12 });
  assert.match(
    evaluate("test"),
    /^0\.\d{4} nats per token, over 36 tokens\n100\.0 % of 12 captions exact, mean word F1 100\.0 %\n$/,
  );
  write("wrong", [
    { text: "red square", picture: picture("blue", "square", 1) },
    { text: "blue cross", picture: picture("blue", "cross", 1) },
  ]);
  const wrong = JSON.parse(evaluate("wrong", "--json", "--beam", "2"));
  assert.ok(wrong.nats > nats);
  assert.equal(wrong.exact, 0.5);
  assert.equal(wrong.wordF1, 0.75);
});

test("what does not fit is refused", () => {
  const model = at("shapes.safetensors");
  writeFileSync(at("text.ppm"), "red square");
  writeFileSync(at("cut.ppm"), picture("red", "square", 0).subarray(0, -1));
  writeFileSync(at("none.ppm"), "P6 0 0 255\n");
  fail(
    1,
    /text\.ppm: picture 1 is not binary PPM \(P6\), as magick PICTURE -depth 8 ppm:-/,
    "caption",
    model,
    at("text.ppm"),
  );
  fail(1, /cut\.ppm: picture 1, of 16 x 16 pixels, is cut off/, "caption", model, at("cut.ppm"));
  fail(1, /picture 1 is 0 x 0 pixels/, "caption", model, at("none.ppm"), "--json");
  fail(1, /cannot open/, "caption", model, at("absent.ppm"));
  fail(2, /pictures is missing/, "caption", model);
  fail(2, /--samples goes with --beam/, "caption", model, at("one.ppm"), "--samples", "3");
  fail(2, /beam draws nothing/, "caption", model, at("one.ppm"), "--beam", "2", "--seed", "1");
  fail(
    2,
    /--samples is more than --beam/,
    "caption",
    model,
    at("one.ppm"),
    "--beam",
    "2",
    "--samples",
    "3",
  );
  fail(
    2,
    /length-penalty goes with --beam/,
    "caption",
    model,
    at("one.ppm"),
    "--length-penalty",
    "1",
  );
  fail(2, /temperature/, "caption", model, at("one.ppm"), "--temperature", "-1");
  fail(2, /scored with --pictures FILE/, "evaluate", model, "--text", at("test.txt"));
  fail(
    2,
    /--reset are for a generator/,
    "evaluate",
    model,
    "--text",
    at("test.txt"),
    "--pictures",
    at("test.ppm"),
    "--reset",
    "5",
  );
  fail(
    1,
    /12 pictures for 60 captions/,
    "evaluate",
    model,
    "--text",
    at("train.txt"),
    "--pictures",
    at("test.ppm"),
  );
  fail(
    1,
    /more pictures than the 12 captions/,
    "evaluate",
    model,
    "--text",
    at("test.txt"),
    "--pictures",
    at("train.ppm"),
  );
  fail(
    2,
    /--pictures and --task captioner go together/,
    "train",
    "--task",
    "generator",
    "--text",
    at("train.txt"),
    "--pictures",
    at("train.ppm"),
    "--out",
    at("x"),
  );
  fail(
    2,
    /--pictures and --task captioner go together/,
    "train",
    "--text",
    at("train.txt"),
    "--task",
    "captioner",
    "--out",
    at("x"),
  );
  fail(
    1,
    /12 pictures for 60 captions/,
    "train",
    ...replaced(training, "--pictures", at("test.ppm")),
    "--out",
    at("x"),
  );
  fail(
    2,
    /blocks is 6; nothing would be left/,
    "train",
    ...replaced(training, "--blocks", "6"),
    "--out",
    at("x"),
  );
  const generator = at("generator.safetensors");
  succeed(
    "train",
    "--text",
    at("train.txt"),
    "--out",
    generator,
    "--hidden",
    "4",
    "--batch",
    "2",
    "--steps",
    "1",
    "--nchars",
    "5",
    "--json",
  );
  fail(2, /a generator does not look at pictures/, "caption", generator, at("one.ppm"));
  fail(
    2,
    /--pictures FILE is for a captioner/,
    "evaluate",
    generator,
    "--text",
    at("test.txt"),
    "--pictures",
    at("test.ppm"),
  );
});
