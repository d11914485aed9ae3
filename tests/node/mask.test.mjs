// What the panels hide of a document (www/demo/mask.js): every shape of a key in an account, and nothing that is public.
import assert from "node:assert/strict";
import { test } from "node:test";
import { masked } from "../../www/demo/mask.js";

const DOTS = "••••••••";
const KEY = "XK1sCfCXIB0K6ugfD+eHXB6O";
const LONG = "GP0jsK-5dI4G5f1svW5M3+ejG0qBNLeQxUISF7Bx6TM=";
const CHANNEL = "0123456789abcdef".repeat(2);

test("a link keeps what leads there, with the # and without", () => {
  for (const [field, before, key] of [
    ["href", "/pad/#/2/pad/edit/", `${KEY}/p/`], ["roHref", "https://drive.example/sheet/#/2/sheet/view/", `${LONG}/embed/`], ["avatar", "/file/#/2/file/", `${KEY}/`],
    ["edit", "/2/profile/edit/", `${KEY}/`], ["view", "/2/profile/view/", `${LONG}/`], ["profile", "/2/profile/view/", `${LONG}/`],
    ["roHash", "/2/team/view/", `${LONG}/p/`], ["edit", "/2/chat/edit/", `${KEY}/`], [0, "/1/edit/", `${CHANNEL}/${KEY}/`], ["text", "/code/#/3/code/edit/", `${KEY}#/2/pad/edit/${KEY}/`],
    ["href", `https://drive.example/pad/#${CHANNEL}`, KEY], ["href", CHANNEL, KEY],
  ]) assert.equal(masked(field, before + key), before + DOTS, before);
});

test("a field that holds a key is hidden whatever it looks like", () => {
  for (const field of ["edit", "view", "editKeyStr", "viewKeyStr", "signKey", "secretKey", "password", "edPrivate", "curvePrivate", "roHash"]) assert.equal(masked(field, LONG), DOTS, field);
  assert.equal(masked("password", ""), undefined);
});

test("what is public is shown", () => {
  for (const [field, text] of [
    ["edPublic", LONG], ["curvePublic", LONG], ["validateKey", LONG], ["channel", CHANNEL], ["channel", `${CHANNEL}${CHANNEL.slice(0, 16)}`], ["digest", CHANNEL + CHANNEL],
    ["href", "https://example.org/1"], ["title", "a plan / 2 / of ours"], [0, CHANNEL],
  ]) assert.equal(masked(field, text), undefined, text);
});
