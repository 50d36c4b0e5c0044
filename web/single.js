// The single file's whole: `inkling` of a page, and in a worker of its own the worker's part.

import { serve } from "./serve.js";

if (inklingInWorker) serve();

export * from "./inkling.js";
