// What the guard asks a person: how much would go, when, and what the button says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { question } from "../../www/demo/guard.js";

const ids = (count) => Array.from({ length: count }, (_, n) => ({ id: String(n) }));

test("the question names what and how many", () => {
  const asked = (removed, due, unknownList = false) => question({ removed: ids(removed), due: ids(due), unknownList });
  assert.deepEqual(asked(2, 0), { text: "If you agree, 2 ids would begin to wait, and leave the server's list after that.", label: "Give up 2 ids" });
  assert.deepEqual(asked(0, 1), { text: "If you agree, 1 id would leave it now.", label: "Give up 1 id" });
  assert.deepEqual(asked(2, 3), { text: "If you agree, 2 ids would begin to wait, and leave the server's list after that; 3 ids would leave it now.", label: "Give up 5 ids" });
  assert.match(asked(1, 0, true).text, /1 id would begin to wait.*beside this drive would leave it now/);
  assert.equal(asked(1, 0, true).label, "Give up 1 id and the unknown rest of the list");
  assert.equal(asked(0, 0, true).label, "Give up the unknown rest of the list");
  assert.equal(asked(0, 0).label, "Agree all the same");
});
