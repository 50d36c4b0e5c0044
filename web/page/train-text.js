// Which text is trained on: one that the page ships, one typed or pasted, or a file. Large ones are
// kept as bytes and never shown, since a page is slow with a text field of megabytes.

const panel = document.querySelector("#train .text");
const find = (selector) => panel.querySelector(selector);
const own = find(".own");
const field = find("#train-text");
const facts = find(".facts");
const fileInput = find("input[type=file]");

const SHOWN = 200_000; // characters of a pasted text that the field still takes
const LARGEST = 500e6; // bytes; training holds every character as four

const size = (bytes) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** `onChange` is called when another text was chosen, `complain` with what is wrong with one. */
export async function createText({ onChange, complain }) {
  let given; // { name, source: a Blob }, in place of what is in the field
  const samples = new Map();

  function take(name, source) {
    if (source.size > LARGEST) {
      complain(`${name} has ${size(source.size)}, which is more than a page can train on.`);
      return;
    }
    given = { name, source };
    panel.querySelector("[value=pasted]").checked = true;
    choose();
  }

  function choose() {
    const { value } = panel.querySelector("[name=text]:checked");
    own.hidden = value !== "pasted";
    const sample = samples.get(value);
    if (sample) facts.textContent = "";
    else facts.textContent = given ? `${given.name}, ${size(given.source.size)}` : "";
    onChange({ lines: sample?.lines ?? false });
  }

  const response = await fetch("samples/index.json");
  if (!response.ok) throw new Error(`samples/index.json: ${response.status}`);
  for (const sample of await response.json()) {
    samples.set(sample.file, sample);
    const choice = document.createElement("label");
    choice.className = "choice";
    const radio = document.createElement("input");
    Object.assign(radio, {
      type: "radio",
      name: "text",
      value: sample.file,
      checked: samples.size === 1,
    });
    const title = document.createElement("span");
    Object.assign(title, { className: "title", textContent: sample.title });
    const about = document.createElement("span");
    Object.assign(about, { className: "about", textContent: sample.about });
    choice.append(radio, title, about);
    find(".samples").append(choice);
  }
  panel.addEventListener("change", (event) => {
    if (event.target.name === "text") choose();
  });
  field.addEventListener("input", () => {
    given = undefined;
    facts.textContent = "";
  });
  field.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (text.length <= SHOWN) return;
    event.preventDefault();
    take("The pasted text", new Blob([text]));
  });
  find(".open-text").addEventListener("click", () => fileInput.click());
  fileInput.addEventListener("change", () => {
    if (fileInput.files.length > 0) take(fileInput.files[0].name, fileInput.files[0]);
    fileInput.value = ""; // the same file may be chosen again
  });
  // A file dropped while this panel is shown is a text, unless it is a model, which the models
  // take.
  addEventListener(
    "drop",
    (event) => {
      const file = event.dataTransfer?.files[0];
      if (!file || panel.offsetParent === null || file.name.endsWith(".safetensors")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      document.body.classList.remove("dropping");
      take(file.name, file);
    },
    { capture: true },
  );

  return {
    /** { name, bytes, lines } of the text chosen. */
    async read() {
      const { value } = panel.querySelector("[name=text]:checked");
      const sample = samples.get(value);
      if (sample) {
        const answer = await fetch(`samples/${sample.file}`);
        if (!answer.ok) throw new Error(`samples/${sample.file}: ${answer.status}`);
        return {
          name: sample.title,
          bytes: new Uint8Array(await answer.arrayBuffer()),
          lines: sample.lines,
        };
      }
      if (given) {
        return {
          name: given.name,
          bytes: new Uint8Array(await given.source.arrayBuffer()),
          lines: false,
        };
      }
      if (field.value === "") throw new Error("There is no text to learn yet");
      return {
        name: "A text of your own",
        bytes: new TextEncoder().encode(field.value),
        lines: false,
      };
    },
  };
}
