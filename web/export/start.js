// The script of an exported page, and of the worker that it starts: the same code runs in both.

import { serve } from "../serve.js";

if (inklingInWorker) serve();
else import("./page.js");
