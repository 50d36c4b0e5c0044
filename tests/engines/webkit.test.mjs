// The page in WebKit: see smoke.mjs.

import { smoke } from "./smoke.mjs";

smoke("WebKit");
