// Taking the model along: with what is set as a page of its own that opens by double click, or as
// code for a page that there is already; or as an ONNX file for other programs.

import { exportOnnx, exportPage } from "../../inkling.js";
import { dashed } from "../../options.js";
import { button, copyText, element, save } from "../dom.js";
import { fetchOk } from "../files.js";

const show = (value) => JSON.stringify(value);
const escape = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

/** What a call needs besides the defaults. */
const written = (options) =>
  `{ ${Object.entries(options)
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ")} }`;

const needsModule = ({ file }) =>
  `“npm install inkling” brings the module, which a bundler finds by its name; put ${file} beside ` +
  "your page.";

/** What a file that holds the model is called. */
const called = (file, ending) => file.replace(/(\.safetensors)?$/, ending);

const KINDS = {
  "a frame": {
    code: ({ file, title }) =>
      `<iframe src="${escape(encodeURIComponent(called(file, ".html")))}" title="${escape(title)}"
  width="100%" height="600"></iframe>`,
    needs: ({ file }) =>
      `“Save as a page” makes ${called(file, ".html")}: put it beside your page. Nothing else is ` +
      "needed.",
  },
  "an element": {
    code({ file, prompt, options }) {
      const attributes = Object.entries(options).map(
        ([name, value]) => `\n  ${dashed(name)}="${value}"`,
      );
      return `<script type="module" src="element.js"></script>
<inkling-text model="${escape(file)}" prompt="${escape(prompt)}"${attributes.join("")}>
</inkling-text>`;
    },
    needs: ({ file }) =>
      "“npm install inkling” brings element.js: put what lies in node_modules/inkling/dist, and " +
      `${file}, beside your page.`,
  },
  "a module": {
    code: ({ file, prompt, options }) =>
      `import { load } from "inkling";

const model = await load(${show(file)});
document.body.style.whiteSpace = "pre-wrap";
` +
      (options.samples > 1
        ? `const texts = await model.complete(${show(prompt)}, ${written(options)});
document.body.append(texts.map((text) => ${prompt && `${show(prompt)} + `}text).join("\\n"));`
        : `${prompt && `document.body.append(${show(prompt)});\n`}` +
          `for await (const piece of model.generate(${show(prompt)}, ${written(options)})) {
  document.body.append(piece);
}`),
    needs: needsModule,
  },
  "a React hook": {
    code: ({ file, options }) =>
      `import { load } from "inkling";
import { useEffect, useState } from "react";

export function useText(prompt) {
  const [text, setText] = useState("");
  useEffect(() => {
    const controller = new AbortController();
    (async () => {
      const model = await load(${show(file)}, { signal: controller.signal });
      const options = ${written({ ...options, signal: "controller.signal" })};
` +
      (options.samples > 1
        ? `      const texts = await model.complete(prompt, options);
      setText(texts.map((text) => prompt + text).join("\\n"));
`
        : `      setText(prompt);
      for await (const piece of model.generate(prompt, options)) {
        setText((before) => before + piece);
      }
`) +
      `      model.free();
    })().catch((error) => controller.signal.aborted || console.error(error));
    return () => controller.abort();
  }, [prompt]);
  return text;
}`,
    needs: needsModule,
  },
};

/**
 * `given()` gives { file, source, title, prompt, seed, options, blended } of what is in use; the
 * seed is among the options only where every text is to have it, and `blended` is the title of a
 * second model.
 */
export function createTake(root, { given }) {
  const code = element("code", { translate: false });
  const said = element("span", { className: "hint", role: "status" });
  const needs = element("p", { className: "hint" });
  const kinds = element("select", { "aria-label": "As" });
  for (const kind of Object.keys(KINDS)) kinds.append(element("option", { textContent: kind }));

  /** What none of this has. */
  function lacking() {
    const { blended } = given();
    return blended ? `${blended}, which is blended in, is left out: this is one model.` : "";
  }

  function refresh() {
    const kind = KINDS[kinds.value];
    code.textContent = kind.code(given());
    needs.textContent = [kind.needs(given()), lacking()].filter(Boolean).join(" ");
  }

  async function saveAs(ending, type, make, done) {
    said.textContent = "Making the file…";
    try {
      const name = called(given().file, ending);
      save(new File([await make(given())], name, { type }));
      said.textContent = [done, lacking()].filter(Boolean).join(" ");
    } catch (error) {
      said.textContent = `${error.message}.`;
    }
  }

  const savePage = () =>
    saveAs(
      ".html",
      "text/html",
      ({ source, title, prompt, seed, options }) =>
        exportPage(source, { title, prompt, seed, ...options }),
      "Saved: it opens by double click, without a network.",
    );

  const saveOnnx = () =>
    saveAs(
      ".onnx",
      "application/octet-stream",
      ({ source }) => exportOnnx(source),
      "Saved: one step of the network, for any program that runs ONNX.",
    );

  const saveModel = () =>
    saveAs(
      ".safetensors",
      "application/octet-stream",
      async ({ source }) => (source instanceof Blob ? source : (await fetchOk(source)).blob()),
      "Saved: the model’s file.",
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
      button("Save the model", saveModel),
    ),
    element("div", { className: "row" }, kinds, button("Copy code", copy), said),
    element(
      "pre",
      { className: "snippet", tabIndex: 0, role: "group", "aria-label": "Code" },
      code,
    ),
    needs,
  );
  return { refresh: () => root.open && refresh() };
}
