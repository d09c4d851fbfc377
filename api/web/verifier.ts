/** The whole verifier, for whoever wants to check without our pages: every noun of this folder. */

export * from "./bytes.js";
export * from "./canon.js";
export * from "./checkpoint.js";
export * from "./disclosure.js";
export * from "./entry.js";
export * from "./envelope.js";
export * from "./errors.js";
export * from "./governed.js";
export * from "./indexproof.js";
export * from "./keys.js";
export * from "./merkle.js";
export * from "./note.js";
export * from "./receipt.js";
export * from "./receiptcheck.js";
export * from "./signers.js";
export * from "./stateproof.js";
export * from "./tlogproof.js";
export * from "./trust.js";
