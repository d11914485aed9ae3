// A page in a browser, and the world in the test: what the page asks for over HTTP and over its WebSocket is answered here. The page is the
// one that people get. It knows nothing of this, and no server runs.

/** `fileOf(pathname)`: the file for a path that the server does not answer. */
export async function serveWorld(page, world, fileOf) {
  await page.route(`${world.origin}/**`, async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (!/^\/(api|block)\//.test(pathname)) return route.fulfill({ path: fileOf(pathname) });
    const answer = await world.fetch(request.url(), { method: request.method(), body: request.postData() ?? undefined }).catch(() => null);
    // The world is not online.
    if (answer === null) return route.abort("connectionrefused");
    return route.fulfill({ status: answer.status, body: Buffer.from(await answer.arrayBuffer()) });
  });
  await page.routeWebSocket(/^wss:/, (browser) => {
    const server = new world.webSocket(browser.url());
    server.onmessage = ({ data }) => browser.send(data);
    server.onclose = () => browser.close();
    browser.onMessage((text) => server.send(text));
    browser.onClose(() => server.close());
  });
}
