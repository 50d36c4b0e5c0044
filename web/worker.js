// The worker in which a model runs, or training: a web worker, or a thread of Node's.

import { serve } from "./host.js";
import "./model.js"; // named here to be fetched beside host.js, not after it

serve();
