// What the page says of how much of a text stands in the one that it was to be like.

import assert from "node:assert/strict";
import { test } from "node:test";
import { copiedFrom } from "../../web/page/write/copied.js";

test("of a list it is said which items are not new, whatever their capitals and line ends", () => {
  const list = "Abbotsbury\r\nRye \r\nZennor\r\n";
  const said = copiedFrom(list, "rye\nRyton\nZennor\nrye\n", true);
  assert.equal(said, "New: 1 of these 4. In your list already: rye · Zennor");
  assert.equal(copiedFrom(list, "Ryton\nAbbot", true), "New: none of these 2 is in your list.");
  const many = Array.from({ length: 9 }, (_, i) => `name ${i}`).join("\n");
  assert.match(copiedFrom(many, many, true), /^New: 0 of these 9\. .*name 7 …$/);
});

test("of a text it is said which is the longest piece that is in both", () => {
  const text = "The ice was here,\nthe ice was there,\nThe ice was all around.";
  const said = copiedFrom(text, "A bird was here,\nthe ice was a swan", false);
  assert.equal(
    said,
    "The longest piece that your text has too: “was here, the ice was”, 21 characters.",
  );
  assert.match(
    copiedFrom(text.repeat(3), text.repeat(2), false),
    /around\.The ice was here, th…”, 120 characters\.$/,
  );
  assert.equal(copiedFrom(text, " \n", false), "");
  assert.equal(copiedFrom("a".repeat(1e6), "b".repeat(51), false), "", "that takes too long");
});
