// Buttons that fill a field with an example.

/** `onPick(text)` is called with the example chosen. */
export function showExamples(container, texts, onPick) {
  const buttons = texts.map((text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => onPick(text));
    return button;
  });
  container.replaceChildren(...buttons);
  if (buttons.length > 0) container.prepend("Try ");
}
