/** Floor 1: dir-spec's grammar, from bytes to items and values. */
export { describeProblem, ProblemList, problemsKept, quote, quoteText } from './problem.ts';
export type { Parsed, Problem, ProblemCode, Profile, UnrecognizedLine } from './problem.ts';
export { argumentsOf, endOfLine, lexer, lexItems, lineBytesMax, peekKeyword } from './lex.ts';
export type { Item, ItemObject, Lexer } from './lex.ts';
export {
  anyNumber,
  argument,
  argumentList,
  atMostOnce,
  complain,
  exactlyOnce,
  readTable,
  readTableLeniently,
  refuseObject,
  wholeLine,
  withObject,
} from './table.ts';
export type { Multiplicity, Read, Row, TableReading, Values } from './table.ts';
export {
  isProtocolList,
  parseInteger,
  quoteProtocols,
  readFingerprint,
  readObject,
  readPairs,
  readParams,
  readProtocols,
  readTime,
} from './values.ts';
