/** The sources as the tidy tests see them: files, their imports, and their code without comments. No compiler needed. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** The top of the checkout. */
export const root: string = resolve(import.meta.dirname, '../..');

/** One file, by its path from the top. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What a file asks another for. */
export interface Import {
  readonly from: string;
  /** Nothing of it is left when types are taken away. */
  readonly typesOnly: boolean;
  /** Loaded only when it is needed: `await import(…)`. */
  readonly late: boolean;
}

/** Every TypeScript file below a folder, sorted; what builds made is no source. */
export function filesBelow(folder: string): readonly SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/(^|\/)(dist|node_modules)\//.test(name))
    .map((name) => ({
      path: `${folder}/${name.split(sep).join('/')}`,
      text: readFileSync(join(root, folder, name), 'utf8'),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The code without its comments. Every line stays where it is. */
export function codeOf(text: string): string {
  const blank = (comment: string): string => comment.replace(/[^\n]/g, ' ');
  return text.replace(/(?<=^|[\s({[,;])\/\*[^]*?\*\//g, blank).replace(/(?<=^|\s)\/\/[^\n]*/g, blank);
}

const statement = /(?:^|\n)\s*(?:import|export)\b([^'"`;=]*?)\bfrom\s*'([^']+)'/g;
const bare = /(?:^|\n)\s*import\s*'([^']+)'/g;
const late = /\bimport\(\s*'([^']+)'\s*\)/g;

/** Everything that a file imports or re-exports. */
export function importsOf(text: string): readonly Import[] {
  const code = codeOf(text);
  return [
    ...[...code.matchAll(statement)].map(([, names = '', from = '']) => ({
      from,
      typesOnly: namesTypesOnly(names),
      late: false,
    })),
    ...[...code.matchAll(bare)].map(([, from = '']) => ({ from, typesOnly: false, late: false })),
    ...[...code.matchAll(late)].map(([, from = '']) => ({ from, typesOnly: false, late: true })),
  ];
}

function namesTypesOnly(names: string): boolean {
  if (/^\s*type\b/.test(names)) return true;
  const braces = /^\s*\{([^]*)\}\s*$/.exec(names)?.[1];
  const listed = braces?.split(',').filter((name) => name.trim() !== '') ?? [];
  return listed.length > 0 && listed.every((name) => /^\s*type\s/.test(name));
}

/** Where a relative import leads, as a path from the top. */
export function targetOf(file: SourceFile, from: string): string {
  return relative(root, resolve(root, dirname(file.path), from))
    .split(sep)
    .join('/');
}

/** `path:line: what`, for a message that leads there. */
export function place(file: SourceFile, index: number, what: string): string {
  return `${file.path}:${file.text.slice(0, index).split('\n').length}: ${what}`;
}
