import { use } from "./use.js";

use(new URL("names.safetensors", document.baseURI)).then((result) => (window.result = result));
