/**
 * The Merkle tree over the log's entries: RFC 6962, with the checks of RFC 9162 (`ledger/log/merkle.py`).
 *
 * Who makes proofs is not trusted; index, size and root come from the request and from a signed
 * checkpoint. Checks are loops, bounded by 63 rounds. Sizes go up to 2^53-1, beyond the 32 bits of
 * JavaScript's shifts: halving is by division.
 */

import { type Bytes, equal, sha256, toHex } from "./bytes.js";
import { CheckError } from "./errors.js";

export const HASH_SIZE = 32;
export const SIZE_MAX = Number.MAX_SAFE_INTEGER;
export const PATH_MAX = 63;
export const EMPTY_ROOT: Bytes = sha256(new Uint8Array());

const LEAF = new Uint8Array([0]);
const INTERIOR = new Uint8Array([1]);

export function leafHash(entry: Uint8Array): Bytes {
  return sha256(LEAF, entry);
}

export function interiorHash(left: Uint8Array, right: Uint8Array): Bytes {
  return sha256(INTERIOR, left, right);
}

/** MTH of RFC 6962 section 2.1, from leaf hashes (not entries) in order. */
export function root(leafHashes: readonly Uint8Array[]): Bytes {
  // The right edge: roots of full subtrees, largest first, one for each bit of the size so far.
  const edge: Uint8Array[] = [];
  leafHashes.forEach((leaf, size) => {
    let joined = leaf;
    for (let left = size; left % 2 === 1; left = half(left)) {
      joined = interiorHash(edge.pop() as Uint8Array, joined);
    }
    edge.push(joined);
  });
  const last = edge.pop();
  if (last === undefined) return EMPTY_ROOT;
  return edge.reduceRight<Bytes>((joined, subtree) => interiorHash(subtree, joined), new Uint8Array(last));
}

/** Throw `CheckError` unless `leaf` (a leaf hash) is leaf `index` of the tree `size`, `treeRoot`. */
export function checkInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  treeRoot: Uint8Array,
): void {
  const joined = foldInclusion(leaf, index, size, path);
  if (!equal(joined, treeRoot)) {
    throw new CheckError("inclusion", `leads to root ${toHex(joined)}, not ${toHex(treeRoot)}`);
  }
}

/** The root that follows from a leaf and its path: the loop of RFC 9162 section 2.1.3.2. */
export function foldInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Uint8Array {
  if (!(isSize(index) && isSize(size) && index < size)) {
    throw new CheckError("inclusion", `no leaf ${index} in a tree of size ${size}`);
  }
  checkHashes("inclusion", [leaf, ...path]);
  let [at, last, joined] = [index, size - 1, leaf];
  for (const each of path) {
    if (last === 0) throw new CheckError("inclusion", "hashes are left when the root is reached");
    if (at % 2 === 1 || at === last) {
      joined = interiorHash(each, joined);
      while (at % 2 === 0 && at > 0) [at, last] = [half(at), half(last)];
    } else joined = interiorHash(joined, each);
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw new CheckError("inclusion", "the path ends before the root");
  return joined;
}

/** Throw `CheckError` unless the new tree begins with the whole old one (RFC 9162 section 2.1.4.2). */
export function checkConsistency(
  oldSize: number,
  oldRoot: Uint8Array,
  newSize: number,
  newRoot: Uint8Array,
  path: readonly Uint8Array[],
): void {
  const wrong = (why: string): CheckError => new CheckError("consistency", why);
  if (!isSize(oldSize) || !isSize(newSize)) throw wrong("a size is not 0..2^53-1");
  if (oldSize > newSize) throw wrong(`old size ${oldSize} is above new size ${newSize}`);
  checkHashes("consistency", [oldRoot, newRoot, ...path]);
  if (oldSize === 0 || oldSize === newSize) {
    if (path.length > 0) throw wrong("a path where none is needed");
    if (!equal(oldRoot, oldSize === 0 ? EMPTY_ROOT : newRoot)) throw wrong("different roots for one size");
    if (newSize === 0 && !equal(newRoot, EMPTY_ROOT)) throw wrong('a root of size 0 that is not H("")');
    return;
  }
  if (path.length === 0) throw wrong("the path is empty");
  let [at, last] = [oldSize - 1, newSize - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  // An old size that is a power of two starts at the old root itself, which is not sent.
  const hashes = at === 0 ? [oldRoot, ...path] : path;
  let oldJoined = hashes[0] as Uint8Array;
  let newJoined = oldJoined;
  for (const each of hashes.slice(1)) {
    if (last === 0) throw wrong("hashes are left when the root is reached");
    if (at % 2 === 1 || at === last) {
      oldJoined = interiorHash(each, oldJoined);
      newJoined = interiorHash(each, newJoined);
      while (at % 2 === 0 && at > 0) [at, last] = [half(at), half(last)];
    } else newJoined = interiorHash(newJoined, each);
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw wrong("the path ends before the root");
  if (!equal(oldJoined, oldRoot)) throw wrong(`old root is ${toHex(oldJoined)}`);
  if (!equal(newJoined, newRoot)) throw wrong(`new root is ${toHex(newJoined)}`);
}

function half(number: number): number {
  return Math.floor(number / 2);
}

function isSize(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

function checkHashes(check: string, hashes: readonly Uint8Array[]): void {
  if (hashes.length > PATH_MAX + 2) throw new CheckError(check, `more than ${PATH_MAX} hashes`);
  if (hashes.some((each) => each.length !== HASH_SIZE)) {
    throw new CheckError(check, `a hash that is not ${HASH_SIZE} bytes`);
  }
}
