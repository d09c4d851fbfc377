// Builds what pages load: `node api/web/build.mjs [folder]`, by default api/static.
//
// proof-check.js  the element, and the whole verifier as a module; proof-check.css its style
// verify.html     one file that works from disk: its script and style are named by hash in its CSP
//
// The output depends on the sources and on the versions in package-lock.json alone; it is committed,
// and a test builds it again and compares.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "static");
const shared = {
  absWorkingDir: here,
  bundle: true,
  charset: "utf8",
  legalComments: "none",
  minify: true,
  keepNames: false,
  target: ["es2022"],
  write: false,
};

const NOTICE =
  "/*! relief-ledger, Apache-2.0. Contains @noble/ed25519 and @noble/hashes, (c) Paul Miller, MIT. */\n";

async function bundle(entry, format) {
  const result = await build({ ...shared, entryPoints: [entry], format });
  return NOTICE + result.outputFiles[0].text;
}

async function styles(entry) {
  return (await build({ ...shared, entryPoints: [entry] })).outputFiles[0].text;
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

mkdirSync(out, { recursive: true });
writeFileSync(join(out, "proof-check.js"), await bundle("proofcheck.ts", "esm"));
writeFileSync(join(out, "proof-check.css"), await styles("proof-check.css"));

// A classic script: a module is not loaded from file://. `</script` cannot end it early.
const script = (await bundle("verify.ts", "iife")).replaceAll("</script", "<\\/script");
const style = await styles("verify.css");
const policy =
  `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; ` +
  "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'";
const page = readFileSync(join(here, "verify.template.html"), "utf8")
  .replace("{{policy}}", () => policy)
  .replace("{{style}}", () => style)
  .replace("{{script}}", () => script);
writeFileSync(join(out, "verify.html"), page);
