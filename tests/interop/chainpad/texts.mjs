// Random documents and random changes to them.

import stringifySorted from 'json.sortify';

const STRINGS = ['', 'a', 'š', 'é', '日本語', '😀', '😁', '👩‍👩‍👧', '\ud83d', '\ude00', '\ude00\ud83d', '\\', '"', '\u0000', '\u2028', '\t\n', 'a long text that is likely to come twice'];
const KEYS = ['a', 'b', '10', '9', '01', 'š', 'ключ', '😀', '\ud83d', '__proto__x', 'list', 'drive', 'filesData', 'root', ''];

/** About so many units make a large document. */
const LARGE = 1_000_000;

/** A document that grew to more than this loses half of it: the published diff takes long over large changes. */
const CROWDED = 4000;

/**
 * A change to a text of a mode: a function that can be tried again on another text. `size`: "small", "large" for a
 * document that stays large, "grow" to make it so.
 */
export function randomEdit(random, mode, { size = 'small', past = [] } = {}) {
  if (size === 'small' && past.length > 0 && random.chance(0.05)) {
    const old = random.pick(past);
    return () => old;
  }
  const seed = random.fork();
  // One spelling of halves of pairs throughout a large document.
  const style = size === 'small' ? random.int(3) : 0;
  return (text) => {
    const crowded = size === 'small' && text.length > CROWDED;
    if (mode === 'text') return changedText(seed, crowded ? text.slice(CROWDED / 2) : text, size);
    const tree = parsed(text) ?? (mode === 'pad' && style > 0 ? [] : {});
    if (crowded) halve(tree);
    const changed = size === 'grow' ? grow(seed, tree) : change(seed, tree, 0);
    if (mode === 'listmap') return stringifySorted(asObject(changed));
    return style === 2 ? withBareSurrogates(JSON.stringify(changed)) : JSON.stringify(changed);
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const asObject = (tree) => (tree && typeof tree === 'object' && !Array.isArray(tree) ? tree : { tree });

/** JSON may hold half of a pair as it is, and not only as an escape. */
const withBareSurrogates = (json) =>
  json.replace(/\\u(d[89a-f][0-9a-f]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));

function change(random, tree, depth) {
  if (tree === null || typeof tree !== 'object') return value(random, depth);
  const keys = Object.keys(tree);
  const key = keys.length > 0 && random.chance(0.6) ? random.pick(keys) : undefined;
  if (Array.isArray(tree)) {
    const at = random.int(tree.length + 1);
    if (key !== undefined && random.chance(0.5)) tree[key] = change(random, tree[key], depth + 1);
    else if (tree.length > 6) tree.splice(at, 1 + random.int(tree.length));
    else tree.splice(at, random.int(2), value(random, depth + 1));
  } else if (key === undefined) {
    tree[random.pick(KEYS)] = value(random, depth + 1);
  } else if (random.chance(keys.length > 12 ? 0.5 : 0.1)) {
    delete tree[key];
  } else {
    tree[key] = change(random, tree[key], depth + 1);
  }
  return tree;
}

function value(random, depth) {
  switch (random.int(depth > 3 ? 4 : 7)) {
    case 0: return random.pick([0, -0.5, 1e21, 1e-7, 2 ** 53 - 1, true, false, null]);
    case 1: return random.int(1e9);
    case 2: return random.pick(STRINGS);
    case 3: return string(random, 20);
    case 4: return string(random, 100);
    case 5: return Array.from({ length: random.int(4) }, () => value(random, depth + 1));
    default: return Object.fromEntries(Array.from({ length: random.int(4) }, () => [random.pick(KEYS), value(random, depth + 1)]));
  }
}

function string(random, pieces) {
  return Array.from({ length: random.int(pieces) }, () => (random.chance(0.5) ? random.pick(STRINGS) : String(random.int(100)))).join('');
}

function halve(tree) {
  if (tree === null || typeof tree !== 'object') return;
  const keys = Object.keys(tree);
  if (Array.isArray(tree)) tree.splice(0, Math.ceil(keys.length / 2));
  else for (const key of keys.slice(0, Math.ceil(keys.length / 2))) delete tree[key];
}

function grow(random, tree) {
  const entries = asObject(tree);
  const names = Array.from({ length: 50 }, () => string(random, 40));
  for (let n = 0; n < LARGE / 400; n += 1) {
    entries[1_000_000 + n * 7919] = { title: `${n} ${random.pick(names)}`, href: 'x'.repeat(200 + random.int(100)), n: random.int(1e9) };
  }
  return entries;
}

function changedText(random, text, size) {
  const units = size === 'grow' ? Array.from({ length: 200 }, () => string(random, 1500)).join('\n').repeat(8).slice(0, LARGE) : text;
  const at = random.int(units.length + 1);
  const removed = random.chance(0.6) || size !== 'small' ? random.int(4) : random.int(units.length + 1 - at);
  return units.slice(0, at) + (random.chance(0.2) ? '' : string(random, random.chance(0.8) ? 4 : 60)) + units.slice(at + removed);
}
