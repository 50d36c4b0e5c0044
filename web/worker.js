// The worker in which a model runs, or training: a web worker, or a thread of Node's.

import { serve } from "./serve.js";
import "./model.js"; // named here to be fetched beside serve.js, not after it

serve();
