// What the pages made from the sources need to know of them: declarations with their comments, by way of a parser.
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';

/** The top of the checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The sources of the library. */
export const library = resolve(root, 'packages/netdoc/src');

const parsed = new Map();

/** A module: its text, its statements, its comments; read once. */
export function moduleAt(path) {
  const known = parsed.get(path);
  if (known) return known;
  const text = readFileSync(path, 'utf8');
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const made = { path, text, body: program.body, comments };
  parsed.set(path, made);
  return made;
}

/** The text of the doc comment that ends just before an offset; undefined where there is none. */
export function commentBefore({ text, comments }, start) {
  const comment = comments.find(
    ({ type, value, end }) =>
      type === 'Block' && value.startsWith('*') && text.slice(end, start).trim() === '',
  );
  if (!comment) return undefined;
  return comment.value
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

/** The comment that opens a file. */
export function openingOf(module) {
  const [first] = module.comments;
  return first && first.start === 0 ? commentBefore(module, first.end) : undefined;
}

/** What declares a name in a module, after any re-exports: the module, the statement and the declaration. */
export function declarationOf(path, name) {
  const module = moduleAt(path);
  for (const statement of module.body) {
    if (statement.type !== 'ExportNamedDeclaration') continue;
    const { declaration, specifiers, source } = statement;
    if (declaration && namesOf(declaration).includes(name)) return { module, statement, declaration };
    const specifier = specifiers?.find(({ exported }) => exported.name === name);
    if (specifier && source) return declarationOf(resolve(dirname(path), source.value), specifier.local.name);
  }
  return undefined;
}

function namesOf(declaration) {
  if (declaration.declarations) return declaration.declarations.map(({ id }) => id.name);
  return declaration.id ? [declaration.id.name] : [];
}

/** Everything that the door exports, with what declares it. */
export function exportsOf(path) {
  return moduleAt(path).body.flatMap((statement) => {
    if (statement.type !== 'ExportNamedDeclaration' || !statement.source) return [];
    const from = resolve(dirname(path), statement.source.value);
    return statement.specifiers.map(({ local, exported }) => {
      const found = declarationOf(from, local.name);
      if (!found) throw new Error(`${exported.name}: not found from ${relative(root, from)}`);
      return { name: exported.name, room: dirname(relative(library, from)), ...found };
    });
  });
}
