// A worker thread that looks like a web worker to dist/worker.js, running over the double.
import { parentPort, workerData } from "node:worker_threads";

globalThis.postMessage = (message) => parentPort.postMessage(message);
globalThis.addEventListener = (type, listener) => {
  if (type === "message") parentPort.on("message", (data) => listener({ data }));
};
// As a worker of a page that has no locks (no secure context), unless the test has some.
Object.defineProperty(globalThis, "navigator", { value: undefined, configurable: true });
const { script } = await import(`${workerData.directory}/pinfold.js`);
Object.assign(script, workerData.script);
// An abort must reach the module's own signal.
if (workerData.hang) {
  script.load = (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}
if (workerData.hangLetters) script.send = () => new Promise(() => {});
// Long work: it takes a step and says so, until it is told that it is done.
if (workerData.steps) {
  const done = new Promise((resolve) => parentPort.on("message", (message) => message === "done" && resolve(true)));
  script.open = async ({ turn }) => {
    for (let step = 1; !(await Promise.race([done, turn()])); step += 1) parentPort.postMessage({ step });
  };
}
await import(`${workerData.directory}/worker.js`);
parentPort.postMessage({ ready: true });
