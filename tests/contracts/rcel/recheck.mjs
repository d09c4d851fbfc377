// Golden rules evaluated again in JavaScript: [{text, values}] on standard input, results on output.
//
// The language on that engine is `tools/contracts/recheck/rcel.mjs`, which outsiders use for whole
// decisions. Integers travel as {"int": "123"}: numbers of JSON are doubles here. An error is
// {"error": true}.
import { compile, fromCel, isCelError } from "../../../tools/contracts/recheck/rcel.mjs";

const read = (value) => {
  if (Array.isArray(value)) return value.map(read);
  if (value === null || typeof value !== "object") return value;
  if ("int" in value) return BigInt(value.int);
  return new Map(Object.entries(value).map(([key, one]) => [key, read(one)]));
};
const write = (value) => {
  if (typeof value === "bigint") return { int: value.toString() };
  if (Array.isArray(value)) return value.map(write);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, write(one)]));
};

let input = "";
for await (const chunk of process.stdin) input += chunk;
const answers = JSON.parse(input).map(({ text, values }) => {
  const bindings = Object.fromEntries(Object.entries(values).map(([name, one]) => [name, read(one)]));
  try {
    const { evaluate, reads } = compile(text);
    const found = evaluate(bindings);
    return { reads: [...reads].sort(), result: isCelError(found) ? { error: true } : write(fromCel(found)) };
  } catch (error) {
    return { reads: [], result: { error: true, thrown: String(error) } };
  }
});
console.log(JSON.stringify(answers));
