// Which keywords each kind of document is read by: from the tables of rows in the sources.
import { readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { library, moduleAt, openingOf } from './sources.js';

const often = { exactlyOnce: 'once', atMostOnce: 'at most once', anyNumber: 'any number' };
const folder = resolve(library, 'documents');

/** The kinds with their files, and for each keyword how often it may stand there. */
export function kinds() {
  return readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const module = moduleAt(resolve(folder, file));
      const parsers = module.body.filter(
        ({ type, declaration }) =>
          type === 'ExportNamedDeclaration' &&
          declaration?.type === 'FunctionDeclaration' &&
          /^parse[A-Z]/.test(declaration.id.name) &&
          declaration.params[0]?.name === 'bytes',
      );
      const kind = /readonly kind: '([a-z-]+)'/.exec(module.text)?.[1];
      if (parsers.length === 0 || kind === undefined) return [];
      const rows = [...rowsOf(module), ...frameOf(module)];
      const names = parsers.map(({ declaration }) => declaration.id.name);
      return [{ kind, file, parsers: names, opening: openingOf(module) ?? '', rows }];
    });
}

/** The page. */
export function keywordPage() {
  const all = kinds();
  const sections = all.map(({ kind, file, parsers, opening, rows }) => {
    const listed = rows.map(({ keyword, times }) => `| \`${keyword}\` | ${times} |`);
    const table =
      rows.length === 0
        ? 'Its form is its own, without keyword lines; whatever key stands there is kept.'
        : `| keyword | how often |\n| --- | --- |\n${listed.join('\n')}`;
    const source = `[documents/${file}](../packages/netdoc/src/documents/${file})`;
    return `## ${kind}\n\n${opening.replace(/\s+/g, ' ')}\n\nRead by ${parsers.map(linked).join(' and ')}, in ${source}.\n\n${table}\n`;
  });
  const head = [
    '<!-- Made by `npm run docs` from the tables in the sources. -->',
    '# Documents, and the keywords that are understood',
    '',
    'An item with another keyword is no fault (dir-spec 1.2): it is kept, and told as `unrecognized`. How often an item may stand there',
    'is what the library holds a document to; a few are more strict under the profile `tor-0.4.9`. Items that may stand once in each',
    'section of a document, such as `contact` of each authority, are listed once. A vote also holds a key certificate, with its items.',
    '',
    '| kind | parser | keywords |',
    '| --- | --- | --- |',
    ...all.map(
      ({ kind, parsers, rows }) =>
        `| [${kind}](#${kind}) | ${parsers.map(linked).join(', ')} | ${rows.length} |`,
    ),
    '',
  ];
  return `${head.join('\n')}\n${sections.join('\n')}`;
}

function linked(parser) {
  return `[\`${parser}\`](api/documents.md#${parser.toLowerCase()})`;
}

/** Rows of every table of a module and of tables that it takes from its neighbours; then keywords read without a table. */
function rowsOf(module) {
  const rows = new Map();
  const visit = (from, node) => {
    for (const call of callsIn(node)) {
      const row = rowOfCall(from, call);
      if (row && !rows.has(row.keyword)) rows.set(row.keyword, row);
    }
    for (const name of spreadsIn(node)) {
      const found = variableOf(from, name);
      if (found) visit(found.module, found.init);
    }
  };
  for (const { init } of variables(module)) if (init?.type === 'ObjectExpression') visit(module, init);
  for (const name of tablesUsed(module)) {
    const found = variableOf(module, name);
    if (found?.init?.type === 'ObjectExpression') visit(found.module, found.init);
  }
  for (const { init } of variables(module))
    for (const keyword of wordsOfSet(init))
      if (!rows.has(keyword)) rows.set(keyword, { keyword, times: 'any number' });
  return [...rows.values()];
}

/** What frames a network status and stands in no table: its first item, the router entries, the signatures. */
function frameOf(module) {
  if (!/\btakeApart\(/.test(module.text)) return [];
  const entry = variables(moduleAt(resolve(library, 'routers/scan.ts'))).find(
    ({ id }) => id.name === 'entryKeywords',
  );
  return [
    { keyword: 'network-status-version', times: 'once' },
    ...wordsOfSet(entry?.init).map((keyword) => ({ keyword, times: 'in router entries' })),
    { keyword: 'directory-signature', times: 'once or more' },
  ];
}

function variables({ body }) {
  return body
    .flatMap((statement) => {
      const declaration = statement.declaration ?? statement;
      return declaration.type === 'VariableDeclaration' ? declaration.declarations : [];
    })
    .map(({ id, init }) => ({ id, init: bare(init) }));
}

/** The value without `as` and `satisfies`. */
function bare(node) {
  return node?.type === 'TSSatisfiesExpression' || node?.type === 'TSAsExpression'
    ? bare(node.expression)
    : node;
}

/** The words of a module's own `new Set(['…', …])`. */
function wordsOfSet(init) {
  const [list] = init?.type === 'NewExpression' && init.callee.name === 'Set' ? init.arguments : [];
  return list?.type === 'ArrayExpression'
    ? list.elements.flatMap((one) => (typeof one?.value === 'string' ? [one.value] : []))
    : [];
}

function callsIn(object) {
  return (object?.properties ?? []).flatMap(({ value }) => (value?.type === 'CallExpression' ? [value] : []));
}

function spreadsIn(object) {
  return (object?.properties ?? []).flatMap(({ type, argument }) =>
    type === 'SpreadElement' ? [argument.name] : [],
  );
}

/** Tables of others that are handed to `readTable…` here. */
function tablesUsed({ text }) {
  return [...text.matchAll(/\breadTable(?:Leniently)?\(\s*(\w+)/g)].map(([, name]) => name);
}

/** The row that a call makes, directly or by a function of its own such as `statusRow`. */
function rowOfCall(module, { callee, arguments: given }) {
  // `withObject(exactlyOnce(…))` is the row of the inner call.
  if (callee.name === 'withObject') return rowOfCall(module, given[0]);
  const times = often[callee.name];
  if (times && typeof given[0]?.value === 'string') return { keyword: given[0].value, times };
  const text = functionText(module, callee.name);
  const [, multiplicity, keyword] = /\b(exactlyOnce|atMostOnce|anyNumber)\(\s*'([^']+)'/.exec(text) ?? [];
  return keyword ? { keyword, times: often[multiplicity] } : undefined;
}

function functionText(module, name) {
  const from = imported(module, name) ?? module;
  const found = from.body
    .map((one) => one.declaration ?? one)
    .find((one) => one.type === 'FunctionDeclaration' && one.id.name === name);
  return found ? from.text.slice(found.start, found.end) : '';
}

function variableOf(module, name) {
  const from = imported(module, name) ?? module;
  const found = variables(from).find(({ id }) => id.name === name);
  return found && { module: from, init: found.init };
}

/** The neighbour that a name is imported from. */
function imported(module, name) {
  const statement = module.body.find(
    ({ type, specifiers, source }) =>
      type === 'ImportDeclaration' &&
      source.value.startsWith('./') &&
      specifiers.some(({ local }) => local.name === name),
  );
  return statement && moduleAt(resolve(dirname(module.path), statement.source.value));
}
