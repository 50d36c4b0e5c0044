// The page in Chromium: see smoke.mjs.

import { smoke } from "./smoke.mjs";

smoke("Chromium");
