// The page in Firefox: see smoke.mjs.

import { smoke } from "./smoke.mjs";

smoke("Firefox");
