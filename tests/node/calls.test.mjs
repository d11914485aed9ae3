// What the calls of a session are made of (www/demo/calls.js), from frames as they stand on the wire; and the link to a run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Calls, summary, waited } from "../../www/demo/calls.js";
import { FrameReader } from "../../www/demo/frame-text.js";
import { fromFragment, toFragment } from "../../www/demo/permalink.js";

const KEEPER = "0123456789abcdef";
const CHANNEL = "a".repeat(32);

/** `[at, direction, frame]` each; what is text inside text is given as it is. */
function callsOf(...frames) {
  const [calls, reader] = [new Calls(), new FrameReader()];
  frames.forEach(([at, direction, frame], index) => {
    const text = JSON.stringify(frame.map((part) => (typeof part === "object" && part !== null ? JSON.stringify(part) : part)));
    calls.add({ at, direction, text, number: index + 1, is: reader.read(direction, text) });
  });
  return calls;
}

const told = ({ question, answers, first, ended, failed }) => [question.is.name, answers, first && first.at - question.at, ended && ended - question.at, failed];

test("a history is a call from its question to its end, however many messages came between and whatever else was asked", () => {
  const calls = callsOf(
    [0, "out", [1, "JOIN", CHANNEL]], [4, "in", [1, "JACK", CHANNEL]],
    [5, "out", [2, "MSG", KEEPER, ["GET_HISTORY", CHANNEL, { txid: "t" }]]],
    [6, "out", [3, "MSG", KEEPER, ["77", ["sig", "key", "cookie", "GET_HASH", "key"]]]],
    [9, "in", [0, KEEPER, "MSG", "me", { channel: CHANNEL, validateKey: "v" }]],
    [11, "in", [0, KEEPER, "MSG", "me", [0, "x", "MSG", CHANNEL, "cp|1"]]],
    [20, "in", [0, KEEPER, "MSG", "me", ["77", ["the hash"]]]],
    [30, "in", [0, KEEPER, "MSG", "me", { state: 1, channel: CHANNEL }]],
  );
  assert.deepEqual(calls.list.map(told), [
    ["JOIN", 1, 4, 4, false], ["GET_HISTORY", 3, 4, 25, false], ["GET_HASH", 1, 14, 14, false],
  ]);
});

test("two histories of one channel at the same time are told apart by their transactions, also where one is refused at once", () => {
  const ask = (seq, txid) => [seq, "MSG", KEEPER, ["GET_HISTORY", CHANNEL, { txid }]];
  const message = (txid) => [0, KEEPER, "MSG", "me", [txid, "x", "MSG", CHANNEL, "y"]];
  const end = (txid) => [0, KEEPER, "MSG", "me", { state: 1, channel: CHANNEL, txid }];
  const calls = callsOf(
    [0, "out", ask(1, 11)], [1, "out", ask(2, 22)], [3, "in", message(11)], [4, "in", message(22)], [5, "in", end(22)], [8, "in", end(11)],
    [10, "out", ask(3, 33)], [12, "in", [3, "ERROR", "ERESTRICTED", KEEPER]],
    // After a new connection nobody answers what was asked before.
    [20, "out", ask(4, 44)], [30, "in", [0, "", "IDENT", "me"]], [31, "out", ask(1, 55)], [33, "in", end(55)],
  );
  assert.deepEqual(calls.list.map(told), [
    ["GET_HISTORY", 2, 3, 8, false], ["GET_HISTORY", 2, 3, 4, false], ["GET_HISTORY", 1, 2, 2, true],
    ["GET_HISTORY", 0, null, 10, true], ["GET_HISTORY", 1, 2, 2, false],
  ]);
});

test("each of these is a call of its own: a second history of a channel, a range, a message that is written, a refused question", () => {
  const ask = (seq) => [seq, "MSG", KEEPER, ["GET_HISTORY", CHANNEL, {}]];
  const end = [0, KEEPER, "MSG", "me", { state: 1, channel: CHANNEL }];
  const calls = callsOf(
    [0, "out", ask(1)], [1, "in", end], [2, "out", ask(2)], [5, "in", end],
    [6, "out", [3, "MSG", KEEPER, ["GET_HISTORY_RANGE", CHANNEL, { txid: "r1", count: 1 }]]],
    [7, "in", [0, KEEPER, "MSG", "me", ["HISTORY_RANGE", "r1", [0, "x", "MSG", CHANNEL, "y"]]]],
    [8, "in", [0, KEEPER, "MSG", "me", ["HISTORY_RANGE_END", "r1", CHANNEL]]],
    [9, "out", [4, "MSG", CHANNEL, "a patch"]], [12, "in", [4, "ACK"]],
    [13, "out", [5, "MSG", KEEPER, ["78", ["sig", "key", "cookie", "PIN", ["x"]]]]],
    [15, "in", [0, KEEPER, "MSG", "me", ["78", "ERROR", "E_OVER_LIMIT"]]],
    [16, "out", [6, "JOIN", CHANNEL]],
  );
  assert.deepEqual(calls.list.map(told), [
    ["GET_HISTORY", 1, 1, 1, false], ["GET_HISTORY", 1, 3, 3, false], ["GET_HISTORY_RANGE", 2, 1, 2, false],
    ["MSG", 1, 3, 3, false], ["PIN", 1, 2, 2, true], ["JOIN", 0, null, null, false],
  ]);
  assert.equal(waited(calls.list.at(-1)), null);
  assert.equal(summary(calls.list), "6 calls · waited 2 ms at the median, 3 ms at most · 1 without an answer");
});

test("an answer whose question was never seen is in no call that is listed", () => {
  const answer = [0, KEEPER, "MSG", "me", ["99", ["x"]]];
  const calls = callsOf([0, "in", answer], [1, "in", [7, "JACK", CHANNEL]]);
  assert.deepEqual(calls.list, []);
  for (const id of ["rpc 99", "frame 0.7"]) {
    const [frame] = calls.of(id);
    assert.equal(calls.ofFrame(frame), null);
  }
  assert.equal(calls.ofFrame(null), null);
});

test("what was answered is not kept: a second answer, or refusal, has no question any more", () => {
  const calls = callsOf(
    [0, "out", [1, "MSG", KEEPER, ["77", ["sig", "key", "cookie", "GET_HASH", "key"]]]], [1, "in", [1, "ACK"]],
    [2, "in", [0, KEEPER, "MSG", "me", ["77", ["h"]]]], [3, "in", [0, KEEPER, "MSG", "me", ["77", ["h"]]]],
    [4, "out", [2, "MSG", KEEPER, ["GET_HISTORY", CHANNEL, { txid: 1 }]]], [5, "in", [2, "ACK"]],
    [6, "in", [2, "ERROR", "ERESTRICTED", KEEPER]], [7, "in", [2, "ERROR", "ERESTRICTED", KEEPER]],
    // Refused: this is no answer to the one before.
    [8, "out", [3, "MSG", KEEPER, ["GET_HISTORY", CHANNEL, { txid: 2 }]]], [9, "in", [0, KEEPER, "MSG", "me", { state: 1, channel: CHANNEL }]],
  );
  assert.deepEqual(calls.of("rpc 77").map(({ is }) => is.name), ["GET_HASH", "GET_HASH", "answer"]);
  assert.deepEqual(calls.list.map(told), [["GET_HASH", 2, 2, 2, false], ["GET_HISTORY", 1, 2, 2, true], ["GET_HISTORY", 1, 1, 1, false]]);
});

test("frames that are forgotten take their calls with them, and no others", () => {
  const calls = callsOf([0, "out", [1, "JOIN", CHANNEL]], [1, "in", [1, "JACK", CHANNEL]], [2, "out", [2, "JOIN", CHANNEL]], [3, "in", [2, "JACK", CHANNEL]]);
  calls.forget(2);
  assert.deepEqual(calls.list.map(({ question }) => question.number), [3]);
  assert.deepEqual(calls.of("frame 0.1"), []);
});

test("a link to a run says what was chosen, and reading it gives that back", () => {
  const choices = { account: "carol", worker: true, unknown: false, whole: true, patience: 5, faults: [{ preset: "3 s late", channel: CHANNEL }, { preset: "forget 5 pins", channel: null }] };
  assert.deepEqual(fromFragment(`#${toFragment(choices)}`), choices);
  const plain = { account: null, worker: false, unknown: false, whole: false, patience: 30, faults: [] };
  assert.deepEqual(fromFragment(toFragment(plain)), { ...plain, account: "any" });
});

test("an address that is no link to a run is none, and what makes no sense in one is left out", () => {
  for (const text of ["", "#", "#folders", "#race-2019/0"]) assert.equal(fromFragment(text), null, text);
  assert.deepEqual(fromFragment("#account=<b>&patience=-3&fault=x@y&fault=never answers@nothing&worker=maybe&password=secret"),
    { account: null, worker: false, unknown: false, whole: false, patience: 30, faults: [] });
  assert.equal(fromFragment("#patience=Infinity").patience, 30);
  assert.equal(fromFragment(`#${"fault=a&".repeat(80)}`).faults.length, 50);
});
