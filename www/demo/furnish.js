// What a new account begins with here: a shared folder with a document in it, and a document beside it.

/** A link to a document that nobody has written yet, with a key that was drawn for it. */
function newDocument() {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18)))).replaceAll("/", "-");
  return `/pad/#/2/pad/edit/${key}/`;
}

/** Writes them. `tell` hears what is being done. */
export async function furnish(session, { signal, tell }) {
  tell("creating a shared folder");
  const folder = await session.createFolder("First folder", { signal });
  // A folder is written to once it was read: the server's copy, not the one we believe to have made.
  await session.loadDrive({ signal });
  tell("storing two documents");
  await session.edit({ type: "addDocument", href: newDocument(), title: "First document" }, { folder, signal });
  await session.edit({ type: "addDocument", href: newDocument(), title: "Beside the folder" }, { signal });
}
