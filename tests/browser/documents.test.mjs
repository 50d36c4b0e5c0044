// Documents of other programs: their text where they are read, and else what to do with them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { zipSync } from "../../web/vendor/fflate.js";
import { dropFile, field, openPage } from "./helpers.mjs";

/** A zip archive of files, [name, text]. */
const archiveOf = (...files) =>
  Buffer.from(zipSync(Object.fromEntries(files.map(([name, text]) => [name, Buffer.from(text)]))));

const WORD = `<?xml version="1.0"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
  <w:p><w:pPr><w:tabs><w:tab w:pos="9"/></w:tabs></w:pPr><w:r><w:t xml:space="preserve">Żółw </w:t>
    </w:r><w:del><w:r><w:delText>slow</w:delText></w:r></w:del><w:r><w:t>&amp; hare</w:t></w:r>
  </w:p>
  <w:p/>
  <w:p><w:r><w:t>ran</w:t><w:br/><w:t>home</w:t></w:r></w:p></w:body></w:document>`;

const OFFICE = `<o:d xmlns:o="urn:o" xmlns:text="urn:t"><o:body><text:h>A  tale</text:h>
  <text:p>of<text:tab/>two <text:note>7</text:note>towns</text:p></o:body></o:d>`;

const DOCUMENTS = {
  "story.docx": [
    archiveOf(["[Content_Types].xml", "<Types/>"], ["word/document.xml", WORD]),
    "Żółw & hare\n\nran\nhome\n",
  ],
  "tale.odt": [archiveOf(["content.xml", OFFICE]), "A tale\nof\ttwo towns\n"],
  "book.epub": [
    archiveOf(
      ["b/two.xhtml", "<p>and after</p>"],
      ["b/one.xhtml", "<h1>One</h1><p>before</p>"],
      [
        "b/book.opf",
        `<package xmlns="urn:p"><manifest><item id="x" href="two.xhtml"/>
        <item id="y" href="one.xhtml"/></manifest><spine><itemref idref="y"/>
        <itemref idref="x"/></spine></package>`,
      ],
    ),
    "One\nbefore\n\nand after\n",
  ],
  "saved.html": [
    Buffer.from("<title>T</title><script>no()</script><p>One\n two<br>three<p>four"),
    "One two\nthree\nfour\n",
  ],
};

test("a document is its text, a line for each paragraph", async (t) => {
  const page = await openPage(t, { ready: false, hash: "#tab=train" });
  await page.locator("#train .samples .choice").first().waitFor();
  for (const [name, [bytes, text]] of Object.entries(DOCUMENTS)) {
    await dropFile(page, name, bytes);
    await page.locator("#train").getByText(name.replace(/\w+$/, "txt,")).waitFor();
    assert.equal(await field(page, "Text to learn").inputValue(), text, name);
  }
});

test("of an archive of texts or tables these are taken, several texts as one", async (t) => {
  const page = await openPage(t, { ready: false, hash: "#tab=train" });
  await page.locator("#train .samples .choice").first().waitFor();
  const lies = ["__MACOSX/._two.txt", "x"];
  const archives = {
    "book.zip": [["b/two.md", "and after"], ["b/one.txt", "before\n"], lies],
    "rows.zip": [["read me.txt", "rows"], ["rows.csv", "a,b\nc,d"], lies],
    "one.zip": [["a.docx", archiveOf(["word/document.xml", WORD])]],
  };
  const texts = {
    "two and 1 more, ": "and after\nbefore\n",
    "rows.csv, ": "a,b\nc,d",
    "a.txt, ": "Żółw & hare\n\nran\nhome\n",
  };
  for (const [i, [name, files]] of Object.entries(archives).entries()) {
    await dropFile(page, name, archiveOf(...files));
    const [said, text] = Object.entries(texts)[i];
    await page.locator("#train").getByText(said).waitFor();
    assert.equal(await field(page, "Text to learn").inputValue(), text, name);
  }
  await dropFile(page, "x.zip", archiveOf(["a.bin", "\0"], ["b.txt", "b"]));
  await page.locator("#train > .alert").getByText("x.zip is no text: unpack it first.").waitFor();
});

test("what cannot be read is said with what to do, wherever it is dropped", async (t) => {
  const page = await openPage(t);
  const AS_TEXT = "cannot be read here: save it as plain text (.txt), or copy and paste it.";
  const files = {
    "a.pdf": ["%PDF-1.4", `The text of a.pdf ${AS_TEXT}`],
    "b.docx": ["no archive", `The text of b.docx ${AS_TEXT}`],
    "c.rtf": ["{\\rtf1 c}", `The text of c.rtf ${AS_TEXT}`],
    "p.pptx": [archiveOf(["ppt/presentation.xml", "<p/>"]), `The text of p.pptx ${AS_TEXT}`],
    "d.xlsx": ["PK", "Save d.xlsx as CSV and open that."],
  };
  for (const tab of ["write", "classify", "train"]) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator(tab === "train" ? "#train .samples" : ".panel .choose:visible").waitFor();
    for (const [name, [text, said]] of Object.entries(files)) {
      await dropFile(page, name, Buffer.from(text));
      await page.locator(".panel .alert:visible").getByText(said, { exact: true }).waitFor();
    }
  }
});

test("a text of whatever name goes where texts are learnt", async (t) => {
  const page = await openPage(t);
  await dropFile(page, "notes.log", Buffer.from("she sells sea shells\n".repeat(50)));
  await page.locator("#models .alert").getByText("notes.log is a text.").waitFor();
  await page.getByRole("button", { name: "Open it under Train" }).click();
  await page
    .locator("#train")
    .getByText(/^notes.log, /)
    .waitFor();
});
