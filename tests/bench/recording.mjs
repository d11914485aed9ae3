// Recordings as reduce.mjs writes them: one line with the account, then one for each channel.

/**
 * `bytes`: a gzipped file. Gives `account`, `http` (path to bytes), `expect`, `channels` (id to metadata, messages,
 * role, and the hash and password of its link) and `frames`, where replay.mjs keeps what it made.
 */
export async function readRecording(bytes) {
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const lines = (await new Response(unpacked).text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  const [{ account, http, expect }, ...channels] = lines;
  const bodies = Object.entries(http).map(([path, { text, base64 }]) => [
    path,
    text === undefined ? Uint8Array.from(atob(base64), (unit) => unit.charCodeAt(0)) : new TextEncoder().encode(text),
  ]);
  return {
    account,
    expect,
    http: new Map(bodies),
    channels: new Map(channels.map((channel) => [channel.channel, channel])),
    frames: new Map(),
  };
}
