// The same front end under Vitest: `npx vitest run --root vitest`. Worlds and sessions end with their test: see stage.js.
import { init, PinfoldError } from "pinfold";
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { stage } from "../stage.js";

beforeAll(() => init());
afterEach(() => vi.useRealTimers());

test("everything is pinned, and the server agrees", async () => {
  const { world, start } = await stage(onTestFinished, { seed: 1, folders: 4 });
  const { session, complete } = await start();
  expect(complete).toBe(true);
  expect(world.unpinned()).toEqual([]);
  expect(world.holds().pins[world.expected.edPublic]).toHaveLength(session.drive.pinCount);
});

test.each(["empty", "gap", "garbage", "new"])("a server that lies about a folder (%s) takes nothing from the list", async (fault) => {
  const { world, start } = await stage(onTestFinished, { seed: 2, folders: 3, faults: [{ command: "GET_HISTORY", folder: 1, fault }] });
  const { complete, missing } = await start();
  expect(complete).toBe(false);
  expect(missing).toHaveLength(1);
  expect(world.struck()).toEqual([0]);
  expect(world.holds().commands.map(([command]) => command)).not.toContain("RESET");
});

test("an answer that never comes ends with a code, on Vitest's clock", async () => {
  const { world, start } = await stage(onTestFinished, { seed: 4, folders: 1, faults: [{ command: "GET_HASH", fault: "dropped" }] });
  vi.useFakeTimers();
  let error;
  void start().catch((reason) => (error = reason));
  for (let seconds = 0; !error && seconds < 2_000; seconds += 1) {
    await world.settle();
    vi.advanceTimersByTime(1_000);
  }
  expect(PinfoldError.is(error)).toBe(true);
  expect(error.code).toMatch(/^net\//);
});

test("what another device adds to a folder is pinned by this one", async () => {
  const { world, start } = await stage(onTestFinished, { seed: 6, folders: 2 });
  await start();
  const channel = world.addDocument(1);
  await expect.poll(() => world.holds().pins[world.expected.edPublic]).toContain(channel);
});
