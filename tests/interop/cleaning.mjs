// What CryptPad's client would do to a drive or folder by itself, and what its search finds.

/** What the cleaning pass would change in a drive or folder: entries shown nowhere, numbers without an entry, odd keys. */
export function wouldClean(drive, isFolder) {
  const entries = { ...drive.filesData, ...drive.sharedFolders, ...drive.static };
  const shown = [];
  const walk = (element) => (typeof element === 'object' ? Object.values(element).forEach(walk) : shown.push(String(element)));
  walk(drive.root);
  const beside = isFolder ? [] : [...drive.template.map(String), ...Object.values(drive.trash).flat().map(({ element }) => String(element))];
  const found = [];
  for (const id of shown) if (!entries[id]) found.push(`${id} has no entry`);
  for (const [id, entry] of Object.entries(entries)) {
    if (![...shown, ...beside].includes(id)) found.push(`${id} is shown nowhere`);
    if (String(Number(id)) !== id) found.push(`${id} is no key`);
    if (!entry.href && !entry.roHref) found.push(`${id} has no link`);
    if (!isFolder && drive.template.map(String).includes(id) && shown.includes(id)) found.push(`${id} is twice`);
  }
  return found;
}

/** What CryptPad's search for a tag finds. */
export const search = (drive, tag) =>
  Object.entries({ ...drive.filesData, ...drive.sharedFolders })
    .filter(([, entry]) => entry.tags?.some((held) => held.toLowerCase() === tag.toLowerCase()))
    .map(([id]) => id)
    .sort();
