import { use } from "./use.js";

console.log(JSON.stringify(await use("names.safetensors")));
