// The main job through the published API; copied into every test project, whatever runs it.
export async function run({ Session }, { origin, username, password }, options) {
  const credentials = { origin, username, password };
  const refused = await Session.open({ ...credentials, password: "not the password" }, options).then(() => "opened", (error) => error.code);

  const session = await Session.open(credentials, options);
  try {
    const drive = await session.loadDrive();
    const receipt = drive.kind === "complete" ? await session.syncPins(drive.pinSet()) : await session.addPins(drive);
    const letters = [];
    for await (const { hash, author, time, type } of session.mailbox("notifications", { backlogOnly: true })) letters.push({ hash, author, time, type });
    return {
      refused,
      account: session.account,
      kind: drive.kind,
      folders: drive.folders.map(({ id, channel, state, documents }) => ({ id, channel, state, documents })),
      count: drive.pinCount,
      digest: drive.pinDigest,
      channels: drive.channels(),
      receipt,
      letters,
    };
  } finally {
    await session.close();
  }
}
