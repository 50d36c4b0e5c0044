// The worker in which a model runs, or training: a web worker, or a thread of Node's.

import { Host } from "./model.js"; // at hand, and not fetched once a model has come
import { serve } from "./serve.js";

serve({ model: Host.open });
