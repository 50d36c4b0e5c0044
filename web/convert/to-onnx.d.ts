/** A model of ours as an ONNX file. */

import type { Bytes, Source, load } from "../inkling.js";

export function exportOnnx(source: Source, open: typeof load): Promise<Bytes>;
