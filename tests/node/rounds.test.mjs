// The rounds of Salsa20 in the WebAssembly that ships hold no vector instruction. On some processors Firefox compiles those to a mix of older
// and newer instructions, and the scrypt of one log-in takes a minute (docs/hosts.md). A compiler may turn such a loop into vectors by itself.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import binaryen from "binaryen";

/** By how many bits the words of a quarter round are rotated. */
const ROTATIONS = [7, 9, 13, 18];
/** A vector rotates by two shifts. By these alone Salsa20 does: SHA-256 has 7, 13, 18 and their counterparts as well. */
const SHIFTS = [9, 32 - 9];
/** Quarter rounds of a double round, which is the body of the loop. */
const QUARTERS = 8;

/** For each function: the rotations of single words by their bits, and the shifts of vectors by them. */
function functionsOf(wasm) {
  const module = binaryen.readBinary(wasm);
  try {
    return module.emitStackIR().split(/\n \(func /).slice(1).map((text) => {
      const lines = text.split("\n").map((line) => line.trim());
      const before = (at) => Number(lines[at - 1].match(/^i32\.const (-?\d+)$/)?.[1]);
      const bits = (name) => lines.flatMap((line, at) => (line === name ? [before(at)] : []));
      return { rotations: bits("i32.rotl"), shifts: [...bits("i32x4.shl"), ...bits("i32x4.shr_u")] };
    });
  } finally {
    module.dispose();
  }
}

const shiftsOfRounds = ({ shifts }) => shifts.filter((bits) => SHIFTS.includes(bits));

test("the rounds of Salsa20 rotate single words", async () => {
  for (const name of ["pinfold", "pinfold-recovery"]) {
    const functions = functionsOf(await readFile(new URL(`../../dist/${name}.wasm`, import.meta.url)));
    const holdsRounds = ({ rotations }) => ROTATIONS.every((bits) => rotations.filter((it) => it === bits).length >= QUARTERS);
    // That of secretbox, that of a shared secret, and that of scrypt.
    assert.ok(functions.filter(holdsRounds).length >= 3, name);
    assert.deepEqual(functions.flatMap(shiftsOfRounds), [], name);
  }
});

test("rounds in vectors would be seen", () => {
  const module = binaryen.parseText(`(module (func (param v128) (result v128)
    (v128.or (i32x4.shl (local.get 0) (i32.const 9)) (i32x4.shr_u (local.get 0) (i32.const 23)))))`);
  module.setFeatures(binaryen.Features.All);
  assert.deepEqual(functionsOf(module.emitBinary()).flatMap(shiftsOfRounds), SHIFTS);
  module.dispose();
});
