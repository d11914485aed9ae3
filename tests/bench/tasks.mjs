// How long the main thread of a page is kept from everything else: its longest tasks, from a trace of the browser.

const CATEGORIES = ["toplevel", "blink.user_timing", "disabled-by-default-devtools.timeline", "__metadata"];

/** Runs `body` and gives its answer with the three longest tasks of the page's main thread meanwhile, in milliseconds. */
export async function watched(browser, page, body) {
  await browser.startTracing(page, { categories: CATEGORIES });
  await page.evaluate(() => performance.mark("watched from here"));
  const answer = await body();
  await page.evaluate(() => performance.mark("watched up to here"));
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  return { answer, longest: longestTasks(traceEvents) };
}

/** Those of the thread that wrote the marks, between them. */
function longestTasks(events) {
  const at = (name) => events.find((event) => event.name === name);
  const [begin, end] = [at("watched from here"), at("watched up to here")];
  if (!begin || !end) throw new Error("the trace has no marks");
  return events
    .filter(({ name, pid, tid, ts, dur }) => /RunTask$/.test(name) && pid === begin.pid && tid === begin.tid && dur && ts + dur > begin.ts && ts < end.ts)
    .map(({ dur }) => dur / 1000)
    .sort((a, b) => b - a)
    .slice(0, 3);
}
