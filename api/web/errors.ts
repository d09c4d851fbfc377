/**
 * The ways in which a check stops (`ledger/errors.py`).
 *
 * `FormatError`: these bytes are not what they claim to be. `CheckError`: a check of a signature,
 * root, path or quorum was carried out and failed. Both must reach the reader; nothing here turns
 * one of them into a success.
 */

export class FormatError extends Error {
  constructor(
    readonly thing: string,
    readonly why: string,
    readonly where = "",
  ) {
    super(`${thing}${where ? ` at ${where}` : ""}: ${why}`);
  }
}

export class CheckError extends Error {
  constructor(
    readonly check: string,
    readonly why: string,
  ) {
    super(`${check}: ${why}`);
  }

  /** The same failure under the name of another check. */
  renamed(check: string): CheckError {
    return new CheckError(check, this.why);
  }
}

/** Nobody who is known has signed: that disproves nothing. */
export class UnknownSigner extends CheckError {
  override renamed(check: string): CheckError {
    return new UnknownSigner(check, this.why);
  }
}

/** What must be shown is not here, or another thing is shown instead: nothing can be told. */
export class MissingProof extends CheckError {}
