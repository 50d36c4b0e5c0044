// What a trained model makes of what a person types: look-alikes of what it knows, lines of
// standard input, and words for what it does not know.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ALIKE, makeReaders } from "./alike.mjs";
import { doors, file, run } from "./doors.mjs";

let models;
before(async () => {
  models = await makeReaders();
});

// ---- Look-alikes: what is typed, what it is read as ----

for (const door of doors) {
  for (const [model, what, typed, as] of ALIKE) {
    test(`${door.name}, ${model}: ${what} is read as what it looks like`, async () => {
      const { answer, note, error } = await door.generate(models[model], typed);
      assert.equal(answer, (await door.generate(models[model], as)).answer, error);
      if (door.name === "command" && !/[\ufeff\r]|no-break spaces/.test(typed + what)) {
        assert.match(note, /^inkling: read .* as /);
      }
    });
  }
  test(`${door.name}: a typographic apostrophe translates as a straight one`, async () => {
    const { answer } = await door.translate(models.translations, ["don’t go.", "don't go."]);
    assert.deepEqual(answer, ["ne pars pas.", "ne pars pas."]);
  });
  test(`${door.name}: spaces around a text make no other class or translation`, async () => {
    const [plain, ...others] = (
      await door.classify(models.classes, ["kowalska", " kowalska", "kowalska  ", "\u00a0kowalska"])
    ).answer;
    for (const other of others) assert.deepEqual(other, plain);
    const { answer } = await door.translate(models.translations, [" i run. ", "i run."]);
    assert.equal(answer[0], answer[1]);
  });
}

test("decomposed characters are read as composed ones", () => {
  const args = ["generate", models.straight, "--temperature", "0", "--length", "8", "--prompt"];
  const composed = run([...args, "été"]);
  assert.equal(
    run([...args, "été".normalize("NFD")]).stdout.toString(),
    composed.stdout.toString(),
  );
});

// ---- What is not known is named ----

test("characters that nothing looks like are named, and the way out", () => {
  const result = run(["generate", models.straight, "--prompt", "日本"]);
  assert.equal(result.status, 1);
  assert.match(result.stderr, /never seen 日 \(U\+65E5\), 本 \(U\+672C\); --skip-unknown/);
});

for (const door of doors)
  test(`${door.name}: look-alikes score as what they look like`, async () => {
    const score = async (text) =>
      (await door.evaluate(models.straight, new TextEncoder().encode(text))).answer;
    assert.ok((await score("don't")).nats > 0);
    assert.deepEqual(await score("don’t"), await score("don't"));
  });

test("a text is scored as it is written from: look-alikes, and the way out", () => {
  const score = (text, ...more) =>
    run(["evaluate", models.straight, "--text", file(text), "--json", ...more]);
  const [typed, plain] = [score("don’t"), score("don't")];
  assert.equal(typed.stdout.toString(), plain.stdout.toString());
  assert.equal(typed.stderr, "inkling: read ’ as '\n");
  const refused = score("don't 日本");
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /never seen 日 .*; --skip-unknown leaves them out\n$/);
  const skipped = score("日don't本", "--skip-unknown");
  assert.equal(skipped.stdout.toString(), plain.stdout.toString());
  assert.match(skipped.stderr, /never seen 日 .*; 2 of 7 characters left out\n$/);
});

test("words that are unknown are named", () => {
  const { status, stderr } = run(["translate", models.translations, "i run neural networks."]);
  assert.equal(status, 0);
  assert.equal(stderr, "inkling: the model has never seen neural, networks\n");
});

test("nothing is said of a word in another case, and of a long list only the first lines", () => {
  const input = ["I RUN.", ...Array.from({ length: 12 }, (_, i) => `i run neural${i}.`)].join("\n");
  const { status, stdout, stderr } = run(["translate", models.translations], { input });
  assert.equal(status, 0);
  assert.equal(stdout.toString().trimEnd().split("\n").length, 13);
  const said = stderr.trimEnd().split("\n");
  assert.equal(said[0], "inkling: line 2: the model has never seen neural0");
  assert.equal(said[7], "inkling: line 9: the model has never seen neural7");
  assert.deepEqual(said.slice(8), ["inkling: more such lines follow, which are not named"]);
});

test("many unknown words are named by the first few", () => {
  const words = "alpha beta gamma delta epsilon zeta eta theta iota kappa";
  const { stderr } = run(["translate", models.translations, words]);
  assert.match(stderr, /alpha, beta, .*theta and others, and nothing else is there\n$/);
});

// ---- Lines keep their places ----

const LINES = {
  "no blank line": ["we sing.", "i run."],
  "a blank line between": ["we sing.", "", "i run."],
  "blank lines at both ends": ["", "we sing.", ""],
  "lines of spaces": ["we sing.", "   ", "\t", "i run."],
  "only blank lines": ["", "", ""],
};
for (const [what, input] of Object.entries(LINES)) {
  for (const ending of ["\n", "\r\n"]) {
    for (const verb of ["translate", "classify"]) {
      for (const json of [[], ["--json"]]) {
        const name = `${verb} ${json}, ${what}, ending in ${JSON.stringify(ending)}`;
        test(`${name}: as many lines come out`, () => {
          const model = verb === "translate" ? models.translations : models.classes;
          const text = input.map((line) => line + ending).join("");
          const skip = verb === "translate" ? ["--skip-unknown"] : [];
          const { status, stdout, stderr } = run([verb, model, ...skip, ...json], { input: text });
          assert.equal(status, 0, stderr);
          const output = stdout.toString().split("\n");
          assert.equal(output.pop(), "");
          assert.equal(output.length, input.length);
          output.forEach((line, i) => {
            const blank = input[i].trim() === "";
            if (json.length === 0) assert.equal(line === "", blank);
            else
              assert.equal(
                JSON.stringify(JSON.parse(line)).includes('"text":"n'),
                verb === "translate" && input[i].startsWith("we"),
              );
          });
        });
      }
    }
  }
}

test("- is standard input, and an empty text an empty line", () => {
  assert.deepEqual(
    run(["translate", models.translations, "-"], { input: "i run.\n" }).stdout,
    run(["translate", models.translations, "i run."]).stdout,
  );
  assert.deepEqual(
    run(["classify", models.classes, "-"], { input: "rossini\n" }).stdout,
    run(["classify", models.classes, "rossini"]).stdout,
  );
  assert.equal(run(["classify", models.classes, "", "--json"]).stdout.toString(), "[]\n");
  assert.equal(run(["translate", models.translations, ""]).stdout.toString(), "\n");
});

test("a line that cannot be read is named, and the others come out", () => {
  const input = `${"kowalska\n".repeat(50)}日本\nrossini\n`;
  const { status, stdout, stderr } = run(["classify", models.classes], { input });
  assert.equal(status, 1);
  assert.match(stderr, /^inkling: line 51: the model has never seen 日/);
  const output = stdout.toString().trimEnd().split("\n");
  assert.equal(output.length, 52);
  assert.equal(output[50], "");
  assert.match(output[51], /italian/);
});

test("a text in another encoding on standard input is named, and read with --encoding", () => {
  const input = Buffer.from("kowalska\nkowalskaé\n", "utf16le");
  const refused = run(["classify", models.classes], { input });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /looks like UTF-16LE; if so, read it with --encoding UTF-16LE/);
  const read = run(["classify", models.classes, "--encoding", "utf-16le"], {
    input,
  });
  assert.equal(read.status, 0, read.stderr);
  assert.equal(run(["classify", models.classes, "--encoding", "none"], { input }).status, 1);
});

test("an encoding that cannot be told is not guessed", () => {
  const text = file(Buffer.from("f0d2c9d7c5d420cdc9d20a", "hex")); // KOI8-R
  const train = (...more) => run(["train", "--text", text, "--out", `${text}.model`, ...more]);
  const told =
    /looks like another encoding; read it with --encoding and its name, such as .*KOI8-R/;
  assert.match(train().stderr, told);
  assert.match(train("--encoding", "auto").stderr, /nothing tells its encoding; --encoding names/);
});

test("a letter that a converter holds back for a mark after it is not lost at a text's end", () => {
  // Windows-1258, where marks follow their letters: 0xcc is a grave accent.
  const line = Buffer.from([...Buffer.from("a"), 0xcc, ...Buffer.from("ma")]);
  const classify = (input, ...more) =>
    run(["classify", models.classes, "--json", ...more], { input });
  const read = classify(line, "--encoding", "CP1258");
  assert.equal(read.status, 0, read.stderr);
  assert.deepEqual(read.stdout, classify("àma").stdout);
  assert.notDeepEqual(read.stdout, classify("àm").stdout);
});

// ---- Scores say what they are of ----

test("BLEU of texts without four words is not a number", () => {
  const text = file("i run.\tje cours.\n");
  const args = ["evaluate", models.translations, "--text", text];
  assert.match(
    run(args).stdout.toString(),
    /exact \d\.\d+, no BLEU, which takes runs of four words/,
  );
  assert.equal(JSON.parse(run([...args, "--json"]).stdout).bleu, null);
});

test("further columns are references only when they are asked for", () => {
  const text = file("don't go.\tpars.\tne pars pas.\n");
  const args = ["evaluate", models.translations, "--text", text, "--json"];
  const one = run(args);
  assert.equal(JSON.parse(one.stdout).exact, 0);
  assert.match(one.stderr, /behind the first 2 columns of 1 lines is left out; --references/);
  const two = run([...args, "--references", "2"]);
  assert.equal(JSON.parse(two.stdout).exact, 1);
  assert.equal(two.stderr, "");
});

for (const verb of ["generate", "caption"]) {
  test(`${verb} --samples 0 is refused`, () => {
    const args = { generate: [models.straight], caption: [models.straight, file("")] }[verb];
    const { status, stderr } = run([verb, ...args, "--samples", "0"]);
    assert.equal(status, 2);
    assert.match(stderr, /--samples must be 1 or more/);
  });
}

test("a verb that is not the model's, and a number that leaves nothing, are refused", () => {
  const refuses = (pattern, ...args) => {
    const { status, stderr } = run(args);
    assert.equal(status, 2);
    assert.match(stderr, pattern);
  };
  refuses(/a translator: use inkling translate\n$/, "generate", models.translations);
  refuses(/a classifier: use inkling classify\n$/, "generate", models.classes, "--dynamic");
  refuses(/--top must be 1 or more/, "classify", models.classes, "rossini", "--top", "0");
});

test("a vocabulary that is JSON is named as such", () => {
  const json = file('{"a": 0, "b": 1}');
  const { status, stderr } = run(["info", models.straight, "--vocabulary", json]);
  assert.equal(status, 1);
  assert.match(stderr, /looks like JSON/);
  const empty = run(["info", models.straight, "--vocabulary", file("")]);
  assert.equal(empty.status, 1);
  assert.match(empty.stderr, /is empty, and no vocabulary/);
});

// ---- Pictures are looked at before anything is said of them ----

test("a file of pictures with one that is damaged gives no caption at all", () => {
  const picture = Buffer.concat([Buffer.from("P6 8 8 255\n"), Buffer.alloc(192, 7)]);
  const headers = {
    "CR LF": "P6\r\n8 8\r\n255\r\n",
    "another maximum": "P6 8 8 65535\n",
    "a cut": "P6 8 9 255\n",
  };
  for (const [what, header] of Object.entries(headers)) {
    const bad = Buffer.concat([Buffer.from(header), Buffer.alloc(192, 7)]);
    const pictures = file(Buffer.concat([picture, bad]));
    const { status, stdout, stderr } = run(["caption", captioner(), pictures]);
    assert.equal(status, 1, what);
    assert.equal(stdout.toString(), "", what);
    assert.match(stderr, /picture 2/, what);
  }
});

let made;
function captioner() {
  if (made) return made;
  const picture = Buffer.concat([Buffer.from("P6 8 8 255\n"), Buffer.alloc(192, 7)]);
  made = file("");
  const shape = "--picture 8 --blocks 2 --channels 4 --hidden 6 --batch 2 --steps 2 --threads 1";
  const args = [
    "--text",
    file("red\nblue\n".repeat(20)),
    "--pictures",
    file(Buffer.concat(Array(40).fill(picture))),
  ];
  const task = ["--task", "captioner"];
  assert.equal(run(["train", ...task, ...args, "--out", made, ...shape.split(" ")]).status, 0);
  return made;
}
