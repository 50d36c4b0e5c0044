// Taking the model along: with what is set as a page of its own that opens by double click, or as
// code for a page that there is already; or as an ONNX file for other programs.

import { exportOnnx, exportPage } from "../../inkling.js";
import { button, copyText, element, save } from "../dom.js";

const show = (value) => JSON.stringify(value);
const escape = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

/** What a call needs besides the defaults. */
const written = (options) =>
  `{ ${Object.entries(options)
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ")} }`;

const KINDS = {
  "an element": ({ file, prompt, options }) =>
    `<script type="module" src="element.js"></script>
<inkling-text model="${escape(file)}" prompt="${escape(prompt)}"
  temperature="${options.temperature}" length="${options.length}"></inkling-text>`,
  "a module": ({ file, prompt, options }) =>
    `import { load } from "inkling";

const model = await load(${show(file)});
for await (const piece of model.generate(${show(prompt)}, ${written(options)})) {
  document.body.append(piece);
}`,
  "a React hook": ({ file, options }) =>
    `import { load } from "inkling";
import { useEffect, useState } from "react";

export function useText(prompt) {
  const [text, setText] = useState("");
  useEffect(() => {
    const controller = new AbortController();
    (async () => {
      const model = await load(${show(file)}, { signal: controller.signal });
      const options = ${written(options)};
      for await (const piece of model.generate(prompt, { ...options, signal: controller.signal })) {
        setText((before) => before + piece);
      }
      model.free();
    })().catch((error) => controller.signal.aborted || console.error(error));
    return () => controller.abort();
  }, [prompt]);
  return text;
}`,
};

/** `given()` gives { file, source, title, prompt, options } of what is in use. */
export function createTake(root, { given }) {
  const code = element("code", {});
  const said = element("span", { className: "hint", role: "status" });
  const kinds = element("select", { "aria-label": "As" });
  for (const kind of Object.keys(KINDS)) kinds.append(element("option", { textContent: kind }));

  const refresh = () => (code.textContent = KINDS[kinds.value](given()));

  async function saveAs(ending, type, make, done) {
    said.textContent = "Making the file…";
    try {
      const name = given().file.replace(/(\.safetensors)?$/, ending);
      save(new File([await make(given())], name, { type }));
      said.textContent = done;
    } catch (error) {
      said.textContent = `${error.message}.`;
    }
  }

  const savePage = () =>
    saveAs(
      ".html",
      "text/html",
      ({ source, title, prompt, options: { temperature, length, seed = 0 } }) =>
        exportPage(source, { title, prompt, temperature, length, seed }),
      "Saved: it opens by double click, without a network.",
    );

  const saveOnnx = () =>
    saveAs(
      ".onnx",
      "application/octet-stream",
      ({ source }) => exportOnnx(source),
      "Saved: one step of the network, for any program that runs ONNX.",
    );

  async function copy() {
    const done = await copyText(code.textContent);
    said.textContent = done ? "Code copied." : "The browser does not let this page copy.";
  }

  kinds.addEventListener("change", refresh);
  root.addEventListener("toggle", refresh);
  root.append(
    element(
      "div",
      { className: "row" },
      button("Save as a page", savePage),
      button("Save as ONNX", saveOnnx),
      kinds,
      button("Copy code", copy),
      said,
    ),
    element(
      "pre",
      { className: "snippet", tabIndex: 0, role: "group", "aria-label": "Code" },
      code,
    ),
  );
  return { refresh: () => root.open && refresh() };
}
