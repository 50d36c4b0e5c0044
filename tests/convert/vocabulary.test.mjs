// Vocabularies in every form that people keep them in, given or beside the model.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { convert, describe } from "../../web/convert/convert.js";
import { findVocabulary } from "../../web/convert/vocabulary.js";
import { networkOfTensors } from "../../web/convert/pytorch-network.js";
import { readHeader } from "../../web/convert/safetensors.js";
import { zeros } from "../../web/convert/tensor.js";
import { usualVocabulary } from "../../web/convert/usual.js";
import { joinBytes } from "../../web/platform.js";
import { zipSync } from "../../web/vendor/fflate.js";
import { readFolder, tensorsOf } from "./helpers.mjs";

const folder = fileURLToPath(new URL("vocabularies", import.meta.url));
const characters = [...new Set("hello, old world")].sort();
const read = (name) => new Uint8Array(readFileSync(`${folder}/${name}`));

// A network of nine tokens without a vocabulary.
const [model] = readFolder("pytorch-zip-state-dict").files.filter(({ name }) => /pth$/.test(name));
const tokensOf = async (files, options) => (await describe(files, options)).vocabulary.tokens;

for (const name of readdirSync(folder).sort()) {
  test(`${name} is read as a vocabulary`, async () => {
    assert.deepEqual(await tokensOf([model], { vocabulary: read(name) }), characters, "given");
    if (/\.txt$/.test(name)) return;
    const beside = { name: `my_vocab_${name}`, bytes: read(name) };
    assert.deepEqual(await tokensOf([model, beside], {}), characters, "beside the model");
  });
}

test("a list, a map and a training text are taken as they are", async () => {
  assert.deepEqual(await tokensOf([model], { vocabulary: characters }), characters);
  const map = Object.fromEntries(characters.map((c, i) => [c, i]));
  assert.deepEqual(await tokensOf([model], { vocabulary: map }), characters);
  assert.deepEqual(await tokensOf([model], { vocabularyOf: "hello, old world" }), characters);
  for (const options of [{ lower: true }, {}]) {
    const { vocabulary } = await describe([model], {
      vocabularyOf: "Hello, hello, old world",
      ...options,
    });
    assert.deepEqual(vocabulary.tokens, characters);
    assert.equal(vocabulary.lower, true);
  }
  const options = { vocabularyOf: "Hello, hello, old world" };
  const { understood } = await convert([model], options);
  assert.match(understood, /vocabulary from the characters of the text/);
});

test("a set is taken to be sorted, and halves of characters are said", async () => {
  const notesOf = async (vocabulary) => (await describe([model], { vocabulary })).vocabulary.notes;
  assert.match((await notesOf({ set: [...characters].reverse() })).join(), /a set.*sorted/);
  const halves = [...characters.slice(2), ..."👍".split("")];
  assert.match((await notesOf(halves)).join(), /halves of some characters/);
  assert.deepEqual(await notesOf([...characters.slice(1), "👍"]), []);
});

test("words by rank are counted on from where the file says", async () => {
  const words = Object.fromEntries([..."the film was".split(" ")].map((word, i) => [word, i + 1]));
  const vocabulary = { word_index: words, index_from: 3, vocabulary_size: 9, max_len: 100 };
  const found = await describe([model], { vocabulary });
  assert.deepEqual(found.vocabulary.tokens.slice(2, 7), [
    "<unk>",
    "<unused>",
    "the",
    "film",
    "was",
  ]);
  assert.equal(found.vocabulary.lower, true);
});

test("a literal in a program is read, and a program is none", async () => {
  const map = "{'\\x20': 0, ',': 1, \"d\": 2, u'e': 3, 'h': 4, 'l': 5, 'o': 6, 'r': 7, 'w': 8,}";
  const list = "[' ', ',', 'd', 'e', 'h', 'l', np.str_('o'), 'r', 'w']";
  for (const text of [
    `# what it reads\nchar2idx = ${map}\nidx2char = None\n`,
    `export default ${JSON.stringify(Object.fromEntries(characters.map((c, i) => [c, i])))};`,
    `const chars: string[] = ${list};`,
    `module.exports = ${list}`,
    `OrderedDict([${characters.map((c, i) => `('${c}', ${i})`)}])`,
    "{w: 8, r: 7, o: 6, l: 5, h: 4, e: 3, d: 2, ',': 1, ' ': 0} // by id",
  ]) {
    const beside = { name: "char_indices.js", bytes: new TextEncoder().encode(text) };
    assert.deepEqual(await tokensOf([model, beside], {}), characters, text);
  }
  for (const text of ["x = [open('a')]", "[".repeat(1e5), `["a", ${"(".repeat(1e5)}`, "{'a': 1"]) {
    const beside = { name: "vocab.js", bytes: new TextEncoder().encode(text) };
    await assert.rejects(tokensOf([model, beside], {}), { code: "vocabulary" });
  }
});

test("lines and tables are read as programs write them", async () => {
  const table = characters.map((c, i) => [c, i]);
  const quoted = (c) => `'${c}'`;
  for (const text of [
    `char,index\n${table.map(([c, i]) => `"${c}",${i}`).join("\n")}`,
    table.map(([c, i]) => `${i}: ${quoted(c)}`).join("\n"),
    table.map(([c, i]) => `${quoted(c)}: ${i}`).join("\n"),
    characters.map((c) => `- ${quoted(c)}`).join("\n"),
    characters.map(quoted).join("\r\n"),
    characters.map((c) => (c === " " ? "<space>" : c)).join("\n"),
    characters.map((c) => (c === " " ? "▁" : c)).join("\n"),
    JSON.stringify(table.map(([token, id]) => ({ token, count: 2, id }))),
    characters.map((c, i) => `${c}\t${-i / 2}`).join("\n"), // SentencePiece's scores
    characters.map((c) => `${c} 12`).join("\n"), // how often each is there
    `"""What it reads."""\nSEED = 1\nCHARS = ${JSON.stringify(characters.join(""))}\n`,
  ]) {
    const beside = { name: "vocab.txt", bytes: new TextEncoder().encode(text) };
    assert.deepEqual(await tokensOf([model, beside], {}), characters, text);
  }
  const json = JSON.stringify(characters);
  const wide = new Uint8Array(Uint16Array.from(`\ufeff${json}`, (c) => c.charCodeAt(0)).buffer);
  assert.deepEqual(await tokensOf([model], { vocabulary: wide }), characters);
});

test("a program's alphabet, a notebook's list and what it printed are read", async () => {
  const list = JSON.stringify(characters);
  const notebook = (source, outputs = []) =>
    JSON.stringify({ cells: [{ cell_type: "code", source: [source], outputs }] });
  const printed = (text) => ({ output_type: "stream", text: [text] });
  const pairs = characters.map((c, i) => `${i ? " " : "{"}'${c}': ${i},\n`);
  const result = { data: { "text/plain": [...pairs, "}"] } };
  for (const [name, text] of [
    ["a.ipynb", notebook(`chars = ${list}`)],
    ["a.ipynb", notebook("print(chars)", [printed(`${list}\n`)])],
    ["a.ipynb", notebook("char_to_id", [result])],
    ["a.py", "letters = ' ,' + 'deh' + \"lorw\"\n"],
    ["a.py", `chars = sorted(${JSON.stringify([...characters].reverse())})\n`],
    ["a.py", `text = "${"hello, old world".repeat(3)}"\nchars = sorted(set(text))\n`],
  ]) {
    const beside = { name, bytes: new TextEncoder().encode(text) };
    assert.deepEqual(await tokensOf([model, beside], {}), characters, text);
  }
  for (const text of [
    `text = "${"hello, old world".repeat(3)}"\nchars = list(set(text))\n`,
    `chars = set(${list})\n`,
  ]) {
    const beside = { name: "a.py", bytes: new TextEncoder().encode(text) };
    await assert.rejects(tokensOf([model, beside], {}), { code: "vocabulary" }, text);
  }
});

test("an object whose class alone reads its state holds its tokens, as torchtext's", async () => {
  const texts = characters.map((c) => `U\x01${c}`).join("");
  const state = `(U\x050.0.2]](${texts}e]t`; // a version, numbers, texts, tensors
  const pickle = `\x80\x02ctorchtext._torchtext\nVocab\n)\x81${state}b.`;
  const bytes = Uint8Array.from(pickle, (c) => c.charCodeAt(0));
  const beside = { name: "vocab.pkl", bytes };
  assert.deepEqual(await tokensOf([model, beside], {}), characters);
});

test("a text's characters are in the order in which they come first, where TF.js has trained", async () => {
  const { files } = readFolder("tfjs-gru");
  const read = async (version) => {
    const changed = files.flatMap((file) => {
      if (/vocab|char/.test(file.name)) return [];
      const json = /\.json$/.test(file.name) && JSON.parse(new TextDecoder().decode(file.bytes));
      if (!json) return [file];
      json.modelTopology.keras_version = version;
      return [{ ...file, bytes: new TextEncoder().encode(JSON.stringify(json)) }];
    });
    const { vocabulary } = await describe(changed, { vocabularyOf: "hello, old world" });
    return vocabulary;
  };
  assert.deepEqual((await read("2.1.5")).tokens, characters);
  const { tokens, notes } = await read("tfjs-layers 4.10.0");
  assert.deepEqual(tokens, [..."helo, dwr"]);
  assert.match(notes.join(), /order in which the text has them first/);
});

test("characters that are numbered by how often they come are not taken in their order", async () => {
  const text = new TextEncoder().encode("hello, old world ".repeat(9));
  const read = (files) => describe([...files, { name: "input.txt", bytes: text }]);
  const program = (line) => [model, { name: "a.py", bytes: new TextEncoder().encode(line) }];
  for (const line of [
    "words = sorted(counter.items(), key=lambda x: -x[1])\n",
    "chars = [c for c, _ in Counter(text).most_common()]\n",
  ])
    await assert.rejects(read(program(line)), /by how often they come.*add the file/);
  const { vocabulary } = await read(program("chars = sorted(set(text))\nc.most_common(3)\n"));
  assert.deepEqual(vocabulary.tokens, characters);
  const { files } = readFolder("tensorflow1-v2-lstm"); // of char-rnn-tensorflow's scope
  const own = files.filter(({ name }) => !/vocab|chars/.test(name));
  await assert.rejects(read(own), /by how often they come/);
});

test("AllenNLP's list has no line for what fills a text", async () => {
  const text = ["@@UNKNOWN@@", ..." helowr"].join("\n");
  const beside = { name: "vocabulary/tokens.txt", bytes: new TextEncoder().encode(`${text}\n`) };
  assert.deepEqual(await tokensOf([model, beside], {}), ["\ue000", "\ue001", ..." helowr"]);
});

// The same network with line ends among its tokens.
const withEnds = ["\n", ..." ,dehlor"];

test("a table may have line breaks and quotation marks in its cells, and its rows' numbers", async () => {
  const cell = (c) => (/[\n,"]/.test(c) ? `"${c.replaceAll('"', '""')}"` : c);
  const read = async (rows, tokens = withEnds) => {
    const beside = { name: "vocab.csv", bytes: new TextEncoder().encode(`${rows.join("\n")}\n`) };
    assert.deepEqual(await tokensOf([model, beside], {}), tokens, rows.join("|"));
  };
  await read([",char", ...withEnds.map((c, i) => `${i},${cell(c)}`)]); // as pandas writes it
  await read(["char,id", ...withEnds.map((c, i) => `${cell(c)},${i}`)]);
  await read([",char,id", ...withEnds.map((c, i) => `${8 - i},${cell(c)},${i}`)]);
  await read(withEnds.map((c, i) => `"${c}";${i}`));
  await read(["char", ...withEnds.map((c) => `"${c}"`)]);
  const quotes = ['"', ...withEnds.slice(0, 8)];
  await read([",char", ...quotes.map((c, i) => `${i},${cell(c)}`)], quotes);
});

test("what fits in number is taken before what does not, wherever it is", async () => {
  const { files } = readFolder("pytorch-bidirectional-classifier");
  const { vocabulary, network } = await describe(files);
  const json = (name, value) => ({ name, bytes: new TextEncoder().encode(JSON.stringify(value)) });
  const classes = Array.from({ length: network.outputs }, (_, i) => `c${i}`);
  for (const value of [
    { id2label: Object.fromEntries(classes.entries()) },
    { label2id: Object.fromEntries(classes.map((c, i) => [c, i])) },
    { labels: classes },
    { mode: "LSTM", metrics: ["loss", "accuracy"] },
  ]) {
    const found = await describe([json("config.json", value), ...files]);
    assert.deepEqual(found.vocabulary.tokens, vocabulary.tokens, Object.keys(value).join());
  }
  const few = { ...network, vocabulary: ["L", "S", "T", "M"], usual: undefined };
  const tokens = Array.from({ length: network.inputs }, (_, i) => String.fromCodePoint(97 + i));
  const beside = await findVocabulary(few, [json("vocab.json", tokens)], {});
  assert.deepEqual(beside.tokens, tokens);
  const wide = { ...few, inputs: 19, fed: "embedding" };
  await assert.rejects(findVocabulary(wide, [], {}), { code: "vocabulary" });
  const some = [..."abcdefghijklmnopq"];
  const spare = await findVocabulary({ ...wide, vocabulary: some }, [], {});
  assert.match(spare.notes.join(), /fewer tokens than the model reads/);
});

test("a vocabulary of words that is too long is refused, but of those that keep more", async () => {
  const words = Array.from({ length: 40 }, (_, i) => `word${i}`);
  const network = { inputs: 19, outputs: 19, fed: "embedding", task: "generator" };
  const of = (format, vocabulary) => findVocabulary({ ...network, format }, [], { vocabulary });
  const message = /has 40 tokens, but the model reads 19/;
  await assert.rejects(of("PyTorch", words), { code: "vocabulary", message });
  await assert.rejects(of("Keras 2.2.4", words), { message });
  const index = Object.fromEntries(words.map((word, i) => [word, i + 1]));
  await assert.rejects(of("PyTorch", index), { message });
  assert.equal((await of("Keras 2.2.4", index)).tokens[1], "word0");
  const tokenizer = { word_index: JSON.stringify(index) };
  assert.equal((await of("PyTorch", tokenizer)).tokens[1], "word0");
});

test("what is odd about a vocabulary is said", async () => {
  const json = (name, value) => ({ name, bytes: new TextEncoder().encode(JSON.stringify(value)) });
  const gap = Object.fromEntries(characters.map((c, i) => [c, i > 5 ? i + 1 : i]));
  await assert.rejects(tokensOf([model], { vocabulary: gap }), {
    message: /has 9 tokens, as the model reads, but none for id 6: its ids go from 0 to 9/,
  });
  const twice = ["a", "b", "a", ..."cdefgh"];
  assert.match((await convert([model], { vocabulary: twice })).understood, /has "a" twice/);
  const other = [...characters].reverse();
  const files = [model, json("a.json", characters), json("vocab.json", other)];
  const { vocabulary } = await describe(files);
  assert.deepEqual(vocabulary.tokens, other);
  assert.match(vocabulary.notes.join(), /a\.json fits as well.*vocab\.json is taken/);
  const text = {
    name: "input.txt",
    bytes: new TextEncoder().encode("hello, old world ".repeat(9)),
  };
  const program = (line) => ({ name: "train.py", bytes: new TextEncoder().encode(line) });
  const unordered = program("chars = list(set(text))\n");
  await assert.rejects(tokensOf([model, text, unordered], {}), { message: /list\(set\(text\)\)/ });
  const sorted = program("chars = sorted(list(set(text)))\n");
  assert.deepEqual(await tokensOf([model, text, sorted], {}), characters);
});

test("a checkpoint's settings and safetensors' metadata may hold the characters", async () => {
  const tensor = (shape) => ({ shape, read: () => zeros(...shape) });
  const tensors = { "r.weight_ih_l0": [4, 9], "r.weight_hh_l0": [4, 4], "fc.weight": [9, 4] };
  const found = {
    tensors: new Map(Object.entries(tensors).map(([name, shape]) => [name, tensor(shape)])),
    modules: new Map(),
    format: "a test",
  };
  const text = "hello, old world".repeat(3);
  for (const rest of [
    [["hparams", new Map([["vocab", characters.join("")]])]],
    [["train_text", text]],
    [["hparams", new Map([["data", characters.join("")]])]],
    [["config", new Map([["data", text]])]],
  ]) {
    const network = networkOfTensors({ ...found, rest: new Map(rest) });
    const { tokens, notes } = await findVocabulary(network, [], {});
    assert.deepEqual(tokens, characters);
    assert.equal(/sorted characters of a text/.test(notes.join()), rest[0][0] !== "hparams");
    const program = new TextEncoder().encode("chars = list(set(text))\n");
    const unordered = findVocabulary(network, [{ name: "a.py", bytes: program }], {});
    if (/text|config/.test(rest[0][0])) await assert.rejects(unordered, { code: "vocabulary" });
  }
  const { files } = readFolder("safetensors-other-names");
  const [file] = files.filter(({ name }) => /safetensors$/.test(name));
  const { json, at } = readHeader(file.bytes);
  json.__metadata__ = { chars: characters.join(""), format: "pt" };
  const header = new TextEncoder().encode(JSON.stringify(json));
  const size = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
  const bytes = joinBytes([size, header, file.bytes.subarray(at)]);
  assert.deepEqual(await tokensOf([{ ...file, bytes }], {}), characters);
});

test("a text about a model is not what it was trained on", async () => {
  const bytes = new TextEncoder().encode("hello, old world ".repeat(9));
  for (const name of ["README.txt", "LICENSE.txt", "SOURCE.txt", "requirements.txt"])
    await assert.rejects(describe([model, { name, bytes }]), { code: "vocabulary" }, name);
  const few = { name: "input.txt", bytes: bytes.subarray(0, 30) };
  await assert.rejects(describe([model, few]), { code: "vocabulary" });
  assert.equal((await describe([model, { name: "input.txt", bytes }])).vocabulary.level, "char");
});

test("a text goes with a network of TensorFlow 2 that has ids in front of its characters", async () => {
  const { files } = readFolder("tensorflow2-tutorial");
  const checkpoint = files.filter(({ name }) => !/saved_model/.test(name));
  const options = { vocabularyOf: "hello, old world" };
  const { vocabulary } = await describe(checkpoint, options);
  assert.deepEqual(vocabulary.tokens, ["\ue000", ...characters]);
  assert.match((await convert(checkpoint, options)).understood, /as in TensorFlow's tutorial/);
  await assert.rejects(convert(checkpoint, { vocabularyOf: "hello" }), { code: "vocabulary" });
});

test("a vocabulary may begin with what fills and what is not known", async () => {
  const layers = ["", "[UNK]", ..." helowr"]; // as TextVectorization gives them
  const { vocabulary } = await describe([model], { vocabulary: layers });
  assert.deepEqual(vocabulary.tokens.slice(1), ["\ue001", ..." helowr"]);
  assert.equal(vocabulary.tokens[0], "\ue000");
  assert.deepEqual(vocabulary.notes, []);
});

test("a text's words go with a network that reads as many, in its program's order", async () => {
  const rare = Array.from({ length: 298 }, (_, i) => `word${i}`);
  const text = `${rare.join(" ")}\nthe word0 the\nthe end\n`;
  const network = { inputs: 301, outputs: 301, fed: "embedding", task: "generator" };
  const of = (format, vocabularyOf) => findVocabulary({ ...network, format }, [], { vocabularyOf });
  const first = await of("PyTorch", text);
  assert.deepEqual(first.tokens.slice(0, 2), ["word0", "word1"]);
  assert.equal(first.tokens[299], "the");
  assert.equal(first.level, "word");
  assert.equal(first.from, "the words of the text");
  const frequent = await of("TensorFlow checkpoint (V2)", text);
  assert.deepEqual(frequent.tokens.slice(1, 4), ["the", "word0", "end"]);
  const message = /15 different characters, but .* 301, and 8 different words: give its vocab/;
  await assert.rejects(of("PyTorch", "this is no text of\nthat model"), { message });
});

test("a text's words lie beside a network, in one file or in three", async () => {
  const file = (name, text) => ({ name, bytes: new TextEncoder().encode(text) });
  const words = (from, to) =>
    Array.from({ length: to - from }, (_, i) => `word${from + i} again`).join(" ");
  const parts = [
    file("wiki/test.txt", ` ${words(250, 299)} \n`),
    file("wiki/train.txt", ` ${words(0, 200)} \n \n`),
    file("wiki/valid.txt", ` ${words(200, 250)}`),
  ];
  const network = { fed: "embedding", task: "generator", format: "PyTorch" };
  const of = (inputs, files) => findVocabulary({ ...network, inputs, outputs: inputs }, files, {});
  const { tokens, level, from, notes } = await of(301, parts);
  assert.deepEqual([tokens[0], tokens[1], tokens[200]], ["word0", "again", "word199"]);
  assert.deepEqual([tokens[202], tokens[300]], ["word200", "word298"]);
  assert.equal(level, "word");
  assert.equal(from, "the words of train.txt, valid.txt, test.txt");
  assert.match(notes.join(), /taken to be .*PyTorch's .*example/);
  assert.equal((await of(302, [file("text.txt", words(0, 300))])).from, "the words of text.txt");
  await assert.rejects(of(302, parts), { code: "vocabulary" });
});

test("pieces of words are refused, and what stands for no text is said", async () => {
  const pieces = (marked) => [...marked, "the", "ing", "h", "e", "l", "o"];
  for (const marked of [
    ["##ing", "##ed", "[PAD]"],
    ["Ġthe", "Ġa", "Ċ"],
    ["▁the", "▁a", "▁"],
    ["th@@", "ou@@", "s"],
  ]) {
    const message = /of pieces of words \(\S+, the\)/;
    await assert.rejects(tokensOf([model], { vocabulary: pieces(marked) }), { message });
  }
  const byteLevel = [..."helowrd", "Ġ", "Ċ"];
  assert.deepEqual(await tokensOf([model], { vocabulary: byteLevel }), [..."helowrd", " ", "\n"]);
  const asked = [..."helowrd ", "th"];
  const { vocabulary } = await describe([model], {
    vocabulary: { char_level: true, word_index: Object.fromEntries(asked.map((c, i) => [c, i])) },
  });
  assert.match(vocabulary.notes.join(), /no text is read as "th", a token of several characters/);
});

test("the words of Keras's reviews are read by their ranks and three", async () => {
  const words = ["the", "and", "a", "of", "to", "is", "br"];
  const rest = Array.from({ length: 88584 - words.length }, (_, i) => `word${i}`);
  const ranks = Object.fromEntries([...words, ...rest].map((word, i) => [word, i + 1]));
  const { files } = readFolder("keras-2-classifier");
  const net = files.filter(({ name }) => /h5$/.test(name));
  const bytes = new TextEncoder().encode(JSON.stringify(ranks));
  const { vocabulary } = await describe([...net, { name: "imdb_word_index.json", bytes }]);
  assert.deepEqual(vocabulary.tokens.slice(4), words.slice(0, 5));
  assert.equal(vocabulary.tokens[2], "<unk>");
  assert.ok(vocabulary.lower && vocabulary.level === "word");
  assert.match(vocabulary.from, /words of Keras's data set IMDB/);
});

test("programs whose alphabet is in no file are known by their sizes", () => {
  const sizes = { inputs: 98, outputs: 98, table: { shape: [98, 32] } };
  const lstm = { ...sizes, fed: "embedding", layers: [{ cell: "lstm" }] };
  const { tokens, from } = usualVocabulary(lstm);
  assert.equal(tokens.length, 98);
  assert.deepEqual([tokens[1], tokens[2], tokens[3], tokens[97]], ["\t", "\n", " ", "~"]);
  assert.match(from, /char-rnn-text-generation/);
  assert.equal(usualVocabulary({ ...lstm, inputs: 99 }), null);
  assert.equal(usualVocabulary({ ...lstm, table: { shape: [98, 64] } }), null);
});

test("PyTorch's tutorial on names of 2024 reads 58 characters", () => {
  const shapes = { "rnn.weight_ih_l0": [5, 58], "rnn.weight_hh_l0": [5, 5], "h2o.weight": [3, 5] };
  const { usual } = networkOfTensors({
    tensors: tensorsOf(shapes),
    modules: new Map(),
    rest: new Map(),
    format: "PyTorch",
  });
  assert.equal(usual.tokens.length, 58);
  assert.equal(usual.tokens.join("").slice(50), "YZ .,;'_");
});

test("of a token a line, two empty lines are a line end", async () => {
  const tokens = ["\n", ..." helowrd"];
  for (const text of [tokens.join("\n"), tokens.map((token) => `${token}\n`).join("")]) {
    const vocabulary = new TextEncoder().encode(text);
    assert.deepEqual(await tokensOf([model], { vocabulary }), tokens);
  }
});

test("what does not fit is refused with both numbers, and what would fit is said", async () => {
  const refuses = (options, message) =>
    assert.rejects(convert([model], options), { code: "vocabulary", message });
  await refuses({ vocabulary: characters.slice(1) }, /has 8 tokens, but the model reads 9/);
  await refuses({ vocabularyOf: "abc" }, /3 different characters, but the model reads 9/);
  await refuses({ vocabularyOf: "Hello, hello, old world", lower: false }, /lower case it fits/);
  await refuses({ vocabulary: new Uint8Array([1, 1, 3]) }, /is no list of tokens/);
  const set = new TextEncoder().encode("\x80");
  await assert.rejects(convert([model], { vocabulary: set }), { code: "vocabulary" });
});

test("ids without text get characters of the private use, and their part is known", async () => {
  const tokens = ["<pad>", "<sos>", "</s>", "<unk>", "a", "b", "c", "d", "e"];
  const { vocabulary } = await describe([model], { vocabulary: tokens });
  assert.deepEqual(vocabulary.tokens, [
    "\ue000",
    "\ue001",
    "\ue002",
    "\ue003",
    "a",
    "b",
    "c",
    "d",
    "e",
  ]);
  assert.equal(vocabulary.level, "char");
  const { padding, start, end } = vocabulary;
  assert.deepEqual({ padding, start, end }, { padding: "\ue000", start: "\ue001", end: "\ue002" });
  const words = ["<pad>", "<unknown>", "the", "cat", "sat", "on", "a", "mat", "and"];
  const found = (await describe([model], { vocabulary: words })).vocabulary;
  assert.equal(found.level, "word");
  assert.deepEqual(found.tokens, ["\ue000", "<unk>", ...words.slice(2)]);
});

test("a token that comes twice stays apart", async () => {
  const tokens = ["a", "b", "a", "c", "d", "e", "f", "g", "h"];
  const found = await tokensOf([model], { vocabulary: tokens });
  assert.equal(new Set(found).size, 9);
  assert.equal(found[0], "a");
});

test("the names of classes are found in what programs keep them in, and are no vocabulary", async () => {
  const { files } = readFolder("pytorch-bidirectional-classifier");
  const { network, vocabulary } = await describe(files);
  const rest = files.filter(({ name }) => !/label|class|categor/i.test(name));
  const bytes = (text) => new TextEncoder().encode(text);
  const names = Array.from({ length: network.outputs }, (_, i) => `name ${i}`);
  const ids = Object.fromEntries(names.map((name, i) => [name, i]));
  for (const [name, value] of [
    ["labels.txt", `${names.join("\n")}\n`],
    ["emotions.txt", names.join("\r\n")],
    ["label2id.json", JSON.stringify(ids)],
    ["config.json", JSON.stringify({ hidden: 12, id2label: Object.fromEntries(names.entries()) })],
    ["args.json", JSON.stringify({ data: { classes: names } })],
    ["encoder.json", JSON.stringify({ classes_: names, sparse: false })],
    ["data.json", JSON.stringify({ hidden_size: 8, tags: names })],
  ]) {
    const found = await describe([...rest, { name, bytes: bytes(value) }]);
    assert.deepEqual(found.network.labels, names, name);
    assert.deepEqual(found.vocabulary.tokens, vocabulary.tokens, name);
  }
  const none = await describe(rest);
  assert.match(none.network.notes.join(), /names of its classes are in no file/);
  const { network: given } = await describe(files, { labels: names });
  assert.deepEqual(given.labels, names);
  await assert.rejects(describe(files, { labels: ["a"] }), {
    message: /classes: labels are to be/,
  });
});

test("fastai keeps both vocabularies in a list, that of its texts and that of its classes", async () => {
  const { files } = readFolder("pytorch-fastai-classifier");
  const { network, vocabulary } = await describe(files);
  assert.deepEqual(network.labels, ["good", "bad", "neither"]);
  assert.deepEqual(vocabulary.tokens, characters);
});

test("the names of classes are found in an archive as they are beside a file", async () => {
  const { files } = readFolder("pytorch-bidirectional-classifier");
  const inside = Object.fromEntries(files.map(({ name, bytes }) => [name, bytes]));
  const archive = { name: "folder.zip", bytes: zipSync(inside) };
  const [beside, zipped] = [await describe(files), await describe([archive])];
  assert.doesNotMatch(beside.network.labels.join(), /class 0/);
  assert.deepEqual(zipped.network.labels, beside.network.labels);
});
