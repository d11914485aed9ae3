// A reporter for Node's test runner: the rows of cases.mjs as a table, at the end.

import { ROW } from './cases.mjs';

const COLUMNS = { name: 'case', direction: 'direction', compared: 'compared', result: 'result' };

export default async function* table(events) {
  const rows = [COLUMNS];
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic' && data.message.startsWith(ROW)) rows.push(JSON.parse(data.message.slice(ROW.length)));
  }
  const keys = Object.keys(COLUMNS);
  const widths = keys.map((key) => Math.max(...rows.map((row) => row[key].length)));
  rows.splice(1, 0, Object.fromEntries(keys.map((key, at) => [key, '-'.repeat(widths[at])])));
  for (const row of rows) yield `| ${keys.map((key, at) => row[key].padEnd(widths[at])).join(' | ')} |\n`;
}
