// Decisions checked again in JavaScript: [{text, values}] on standard input, results on output.
//
// Integers travel as {"int": "123"}: numbers of JSON are doubles here. An error is {"error": true}.
// What CEL has not is registered, and must hold its results against int64 itself.
import { celEnv, celFunc, celMethod, CelScalar, isCelError, isCelList, isCelMap, listType, parse, plan }
  from "@bufbuild/cel";

const { INT, DYN } = CelScalar;
const int64 = (n) => {
  if (n !== BigInt.asIntN(64, n)) throw new Error("overflow");
  return n;
};
const floor = (a, b) => a / b - (a % b < 0n ? 1n : 0n);
const divided = (round) => (x, num, den) => {
  if (den < 1n) throw new Error("divisor");
  return int64(round(x * num, den));
};
const mulDiv = {
  mulDivFloor: divided(floor),
  mulDivCeil: divided((a, b) => -floor(-a, b)),
  mulDivHalfUp: divided((a, b) =>
    a >= 0n ? floor(2n * a + b, 2n * b) : -floor(-2n * a + b, 2n * b)),
};
const least = (a, b) => (a < b ? a : b);
const greatest = (a, b) => (a > b ? a : b);
const funcs = [
  ...Object.entries(mulDiv).map(([name, f]) => celFunc(name, [INT, INT, INT], INT, f)),
  celFunc("math.least", [INT, INT], INT, least),
  celFunc("math.greatest", [INT, INT], INT, greatest),
  celMethod("sum", listType(DYN), [], INT, function () {
    let total = 0n;
    for (const item of this) total += item;
    return int64(total);
  }),
  celMethod("distinct", listType(DYN), [], listType(DYN), function () {
    return [...new Set(this)];
  }),
];

const read = (value) => {
  if (Array.isArray(value)) return value.map(read);
  if (value === null || typeof value !== "object") return value;
  if ("int" in value) return BigInt(value.int);
  return new Map(Object.entries(value).map(([key, one]) => [key, read(one)]));
};
const write = (value) => {
  if (isCelError(value)) return { error: true };
  if (typeof value === "bigint") return { int: value.toString() };
  if (isCelList(value)) return [...value].map(write);
  if (isCelMap(value)) return Object.fromEntries([...value].map(([key, one]) => [key, write(one)]));
  return value;
};

let input = "";
for await (const chunk of process.stdin) input += chunk;
const env = celEnv({ funcs });
const answers = JSON.parse(input).map(({ text, values }) => {
  const bindings = Object.fromEntries(Object.entries(values).map(([name, one]) => [name, read(one)]));
  try {
    return write(plan(env, parse(text))(bindings));
  } catch (error) {
    return { error: true, thrown: String(error) };
  }
});
console.log(JSON.stringify(answers));
