// What every test of this folder begins with: a world, and front ends on it that end with the test, also where an assertion fails.
// A session that stays open connects again and again. So Node's runner, which waits until nothing is left to do, would never end.
import { testWorld } from "pinfold/testing";
import { open } from "./front-end.js";

/** `after` takes what is to be done after the test: of Node's runner `t.after`, of Vitest `onTestFinished`. */
export async function stage(after, options) {
  const world = await testWorld(options);
  const sessions = [];
  let ended = false;
  after(async () => {
    ended = true;
    const closing = sessions.map((session) => session.close());
    await world.settle(); // with `delivery: "by hand"` nobody else delivers the last answers
    await Promise.all(closing);
    world.close();
  });
  /** The front end on this world. */
  const start = async (more) => {
    const front = await open(world.credentials, { ...world.options, ...more });
    sessions.push(front.session);
    if (ended) await front.session.close(); // it opened after the test was over
    return front;
  };
  return { world, start };
}
