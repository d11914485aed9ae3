// What the tests of hosts from the registry share.
import { createServer } from "node:net";
import { join } from "node:path";

/** The path of a program that a package of the project brings. */
export const bin = (directory, name) => join(directory, "node_modules/.bin", name);

/** A port that nobody listens at now, for a program that cannot choose one itself. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
