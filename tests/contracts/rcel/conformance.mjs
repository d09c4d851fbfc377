// The conformance data of CEL as JSON on standard output: [{path, original}, ...].
import { tests } from "@bufbuild/cel-spec/testdata/conformance.js";

const found = [];
const walk = (suite, path) => {
  for (const test of suite.tests ?? []) found.push({ path: path.join("/"), original: test.original });
  for (const inner of suite.suites ?? []) walk(inner, [...path, inner.name]);
};
walk(tests, []);
console.log(JSON.stringify(found));
