// Every kind of text, for every task, through the command and the module: trained on, scored and
// read, it means what the plain text means, or is refused with a word that says what it is.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { doors, file } from "./doors.mjs";
import { kinds } from "./kinds.mjs";

const NAMES = ["Élodie", "Zoë", "Jürgen", "Anna", "Noël", "Ana Lúcia", "Bert", "Çelik"];
const small = {
  steps: 3,
  hidden: 6,
  batch: 2,
  nchars: 8,
  embed: 0,
  layers: 1,
  learningRate: 0.01,
  seed: 1,
  threads: 1,
};
const repeated = (make) => Array.from({ length: 60 }, (_, i) => make(i)).join("");
const name = (i) => NAMES[i % NAMES.length];

const picture = (i) =>
  Buffer.concat([
    Buffer.from("P6 8 8 255\n"),
    Buffer.from(Array.from({ length: 192 }, (_, k) => (k * 7 + i * 41) % 256)),
  ]);
const pictures = Buffer.concat(Array.from({ length: 60 }, (_, i) => picture(i)));

const tasks = {
  generator: {
    text: repeated((i) => `${name(i)} aime l'été à Nîmes.\n`),
    options: { task: "generator", lines: false },
  },
  list: { text: repeated((i) => `${name(i)}\n`), options: { task: "generator", lines: true } },
  words: {
    text: repeated((i) => `${name(i)} aime l'été à Nîmes.\n`),
    options: { task: "generator", level: "word", lines: false, embed: 4 },
  },
  classifier: {
    text: repeated((i) => `${i % 2 ? "été" : "hiver"}\t${name(i)}\n`),
    options: { task: "classifier" },
  },
  translator: {
    text: repeated((i) => `${name(i)}\t${name(i).toUpperCase()}\n`),
    options: { task: "translator" },
  },
  captioner: {
    text: repeated((i) => `${name(i)} à l'été\n`),
    options: { task: "captioner", picture: 8, blocks: 2, channels: 4 },
    pictures,
  },
};
const fits = (kind, task) => !kind.only || kind.only.includes(task);

const trained = new Map(); // door and task → the plain text's model, as a file
before(async () => {
  for (const door of doors) {
    for (const [task, { text, options, pictures }] of Object.entries(tasks)) {
      const { answer, error } = await door.train(
        Buffer.from(text),
        { ...small, ...options },
        { pictures },
      );
      assert.ok(answer, error);
      trained.set(`${door.name} ${task}`, file(answer, ".safetensors"));
    }
  }
});

/** Whether it gives what the plain text gives. */
const isSame = ({ same, marked }, door) => same || (marked && door.name === "command");

for (const door of doors) {
  for (const [task, { text, options, pictures }] of Object.entries(tasks)) {
    for (const kind of kinds.filter((kind) => fits(kind, task))) {
      test(`train, ${door.name}, ${task}: ${kind.kind}`, async () => {
        const given = { ...small, ...options };
        const result = await door.train(kind.make(text), given, { pictures });
        const plain = () => readFileSync(trained.get(`${door.name} ${task}`));
        if (isSame(kind, door)) {
          assert.ok(result.answer, result.error);
          assert.ok(result.answer.equals(plain()), "the same model");
          if (kind.says) assert.match(result.note, kind.says);
        } else {
          assert.ok(result.error, "refused");
          if (door.name === "command") assert.match(result.error, kind.refused);
          else assert.match(result.error, /UTF-8|NUL|empty|exampl|tab|too|no text|captions|tokens/);
        }
        if (kind.encoding && door.name === "command") {
          const { answer, error } = await door.train(kind.make(text), given, {
            pictures,
            encoding: kind.encoding,
          });
          assert.ok(answer, error);
          assert.ok(answer.equals(plain()), "the same model, with --encoding");
        }
      });
    }
  }
}

const [command] = doors;
for (const [task, { text, pictures }] of Object.entries(tasks)) {
  for (const kind of kinds.filter((kind) => fits(kind, task))) {
    // A list is shuffled and cleaned only where it is trained on: scored it is a text.
    if (task === "list" && kind.only) continue;
    test(`evaluate, command, ${task}: ${kind.kind}`, async () => {
      const model = trained.get(`command ${task}`);
      const result = await command.evaluate(model, kind.make(text), { pictures });
      if (isSame(kind, command)) {
        const plain = await command.evaluate(model, Buffer.from(text), { pictures });
        assert.ok(plain.answer, plain.error);
        assert.deepEqual(result.answer, plain.answer, result.error);
      } else {
        assert.ok(result.error, "refused");
      }
    });
  }
}
