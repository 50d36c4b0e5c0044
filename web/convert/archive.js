// A zip archive: a .keras file, PyTorch's, or somebody's folder.

import { refusal, shown } from "./refuse.js";
import { Zip } from "./zip.js";

const FILES = 512;

/** @param {import("./convert.js").NamedFile} file */
export async function read(file, files, readNetwork) {
  const zip = new Zip(file.bytes);
  const { names } = zip;
  const has = (pattern) => names.some((name) => pattern.test(name));
  if (has(/^config\.json$/) && has(/^model\.weights\.h5$/)) {
    return (await import("./keras-zip.js")).read(zip, files);
  }
  if (has(/(^|\/)data\.pkl$/)) return (await import("./pytorch.js")).readZip(zip, files);
  if (names.length > 0 && names.every((name) => /\.npy$/.test(name)))
    return (await import("./numpy-file.js")).readArchive(zip, files);
  if (has(/(^|\/)\.data\/extern_modules$/))
    throw refusal(
      "an archive of torch.package, which has programs beside its weights: save these alone, " +
        "torch.save(model.state_dict(), name)",
    );
  if (has(/(^|\/)archive_format$/))
    throw refusal(
      "a program of torch.export (.pt2): save the weights alone, " +
        "torch.save(model.state_dict(), name), or export it as ONNX (torch.onnx.export)",
    );
  if (has(/\.mlmodel$/)) throw (await import("./refused.js")).refusalOf("coreml");
  if (has(/^coefficients\.bin$/)) throw (await import("./refused.js")).refusalOf("deeplearning4j");
  if (names.length > FILES) throw refusal(`a zip archive of ${names.length} files is no model`);
  return readFolder(zip, files, shown(file.name), readNetwork);
}

/** Somebody's folder in an archive. */
async function readFolder(zip, files, name, readNetwork) {
  const inside = zip.names
    .filter((entry) => !/(^|\/)(__MACOSX\/|\._|\.DS_Store)/.test(entry))
    .map((entry) => ({ name: entry, bytes: zip.read(entry) }));
  if (inside.some(({ bytes }) => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3)) {
    if (inside.length === 1 && /\.zip$/i.test(inside[0].name))
      throw refusal(`${name} holds another archive: unpack it first`);
  }
  const network = await readNetwork(inside);
  const isVocabulary = ({ bytes }) => bytes !== network.bytes;
  network.neighbours = [
    ...inside.filter(isVocabulary),
    ...files.filter(({ bytes }) => bytes !== zip.bytes),
  ];
  return network;
}
