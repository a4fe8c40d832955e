// Runs the export `run` of a module in V8 and prints its result.
//
// usage: node node.mjs MODULE N
import { readFileSync } from "node:fs";

const [file, n] = process.argv.slice(2);
const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)));
console.log(instance.exports.run(Number(n)));
