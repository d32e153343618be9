// The API reference of the library: one page for each room, from what the door exports and the comments that stand there.
import { relative, resolve } from 'node:path';
import { commentBefore, exportsOf, library, moduleAt, openingOf, root } from './sources.js';

const made = '<!-- Made by `npm run docs` from the comments in the sources. -->\n';

/** The pages, by path, and the exports without a comment. */
export function referencePages() {
  const door = resolve(library, 'index.ts');
  const all = exportsOf(door);
  const missing = [];
  const rooms = new Map();
  for (const one of all) {
    const section = sectionOf(one);
    if (section.doc === undefined) missing.push(`${relative(root, one.module.path)}: ${one.name}`);
    for (const field of section.fieldsWithout) missing.push(field);
    rooms.set(one.room, [...(rooms.get(one.room) ?? []), { ...one, ...section }]);
  }
  const pages = new Map();
  for (const [room, entries] of rooms) pages.set(`docs/api/${room}.md`, roomPage(room, entries));
  pages.set('docs/api/README.md', contents(openingOf(moduleAt(door)), rooms));
  return { pages, missing };
}

function contents(opening, rooms) {
  const [words, example] = (opening ?? '').split('@example');
  const lists = [...rooms].map(([room, entries]) => {
    const rows = sorted(entries).map(
      ({ name, what, doc }) => `| [\`${name}\`](${room}.md#${anchor(name)}) | ${what} | ${cell(doc ?? '')} |`,
    );
    return `## ${room}\n\n${purpose(room)}\n\n| name | | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  const code = example ? `\n\`\`\`ts\n${example.trim()}\n\`\`\`\n` : '';
  return `${made}# @conclave/netdoc\n\n${words.trim()}\n${code}\n${lists.join('\n')}`;
}

function purpose(room) {
  return (openingOf(moduleAt(resolve(library, room, 'index.ts'))) ?? '').replace(
    /^Floor \d: ?(.)/,
    (_, first) => first.toUpperCase(),
  );
}

/** The first sentence, as a cell of a table. */
function cell(doc) {
  const [sentence] = /^[^]*?\.(?=\s|$)/.exec(doc) ?? [doc];
  return sentence.replace(/\s+/g, ' ').replace(/\|/g, '\\|');
}

function sorted(entries) {
  const order = (entry) => (entry.what === 'function' ? 0 : entry.what === 'constant' ? 1 : 2);
  return entries.toSorted((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : 1));
}

function anchor(name) {
  return name.toLowerCase();
}

function roomPage(room, entries) {
  const sections = sorted(entries).map(({ name, what, doc, code, module }) => {
    const path = relative(resolve(root, 'docs/api'), module.path);
    const [words, example] = (doc ?? '').split('@example');
    const shown = example ? `\n\`\`\`ts\n${example.trim()}\n\`\`\`\n` : '';
    return `## ${name}\n\n${words.trim()}\n\n\`\`\`ts\n${code}\n\`\`\`\n${shown}\n${what[0].toUpperCase()}${what.slice(1)}, in [${relative(library, module.path)}](${path}).\n`;
  });
  return `${made}# ${room}\n\n${purpose(room)} Part of [@conclave/netdoc](README.md).\n\n${sections.join('\n')}`;
}

/** What is told of one export: what it is, its comment, and its code without a body. */
function sectionOf({ name, module, statement, declaration }) {
  const doc = commentBefore(module, statement.start);
  const { text } = module;
  const plain = { doc, fieldsWithout: [] };
  if (declaration.type === 'FunctionDeclaration') {
    const code = text.slice(declaration.start, declaration.body.start).trim();
    return { ...plain, what: 'function', code };
  }
  if (declaration.type === 'VariableDeclaration') {
    const [{ id, init }] = declaration.declarations;
    // The type where it says one, the value where it is short, a function without its body.
    const type = id.typeAnnotation ? text.slice(id.typeAnnotation.start, id.typeAnnotation.end) : '';
    const value = init && text.slice(init.start, init.end);
    const short = value && !type ? ` = ${value.length < 600 ? value : '…'}` : '';
    const what = init?.type === 'ArrowFunctionExpression' ? 'function' : 'constant';
    return { ...plain, what, code: `const ${name}${type}${short}` };
  }
  const code = text.slice(declaration.start, declaration.end);
  return { ...plain, what: declaration.type === 'ClassDeclaration' ? 'class' : 'type', code };
}
