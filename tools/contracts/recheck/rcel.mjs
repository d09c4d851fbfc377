// rcel/1 on a foreign engine of CEL: @bufbuild/cel, and the functions that CEL has not.
//
// Every text of rcel/1 is CEL and has CEL's value (docs/spec/rcel-1.md). `sum`, `distinct` and
// `mulDiv*` are registered here, and hold their results against int64 themselves, for the engine does
// not ask. Integers are BigInt throughout. An error of an evaluation is the engine's error value.
import {
  celEnv, celError, celFunc, celMethod, CelScalar, isCelError, isCelList, isCelMap, listType, parse, plan,
} from "@bufbuild/cel";

export { isCelError };

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

const env = celEnv({
  funcs: [
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
  ],
});

// An expression, planned once: (values by name) -> value, or an error value.
export function compile(text) {
  const tree = parse(text);
  const run = plan(env, tree);
  const evaluate = (values) => {
    try {
      return run(values);
    } catch (error) {
      return celError(error);
    }
  };
  return { evaluate, reads: readsOf(tree.expr) };
}

// Stands for a value that could not be had: whatever reads it is an error.
export const missing = (kind) => celError(kind);

// A value of JSON as CEL has it: integers as BigInt, objects as maps.
export function toCel(value) {
  if (typeof value === "number") return BigInt(value);
  if (Array.isArray(value)) return value.map(toCel);
  if (value === null || typeof value !== "object") return value;
  return new Map(Object.entries(value).map(([key, one]) => [key, toCel(one)]));
}

// The way back: integers stay BigInt.
export function fromCel(value) {
  if (isCelList(value)) return [...value].map(fromCel);
  if (isCelMap(value)) return Object.fromEntries([...value].map(([key, one]) => [key, fromCel(one)]));
  return value;
}

// Dotted names that an expression reads, its own variables left out: of `a.b.c` the whole, of
// `rows[0].x` and `rows.all(r, ..)` the name `rows`. The parser has macros unfolded already.
function readsOf(tree) {
  const found = new Set();
  const walk = (node, bound) => {
    const { case: kind, value } = node.exprKind;
    if (kind === "identExpr" || kind === "selectExpr") {
      const [path, rest] = pathOf(node);
      if (rest !== undefined) walk(rest, bound);
      else if (!bound.has(path[0])) found.add(path.join("."));
    } else if (kind === "callExpr") {
      // `math` of `math.least` is no value.
      if (value.target !== undefined && !isName(value.target, "math")) walk(value.target, bound);
      for (const one of value.args) walk(one, bound);
    } else if (kind === "listExpr") {
      for (const one of value.elements) walk(one, bound);
    } else if (kind === "comprehensionExpr") {
      const inner = new Set([...bound, value.iterVar, value.accuVar]);
      walk(value.iterRange, bound);
      for (const name of ["accuInit", "loopCondition", "loopStep", "result"]) walk(value[name], inner);
    }
  };
  walk(tree, new Set());
  return found;
}

const isName = (node, name) => node.exprKind.case === "identExpr" && node.exprKind.value.name === name;

// [names, undefined] of a name with selections behind it; else the node that they stand behind.
function pathOf(node) {
  const fields = [];
  while (node.exprKind.case === "selectExpr") {
    fields.unshift(node.exprKind.value.field);
    node = node.exprKind.value.operand;
  }
  if (node.exprKind.case !== "identExpr") return [fields, node];
  return [[node.exprKind.value.name, ...fields], undefined];
}
