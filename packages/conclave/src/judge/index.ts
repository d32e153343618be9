/**
 * The door of the room that judges documents for people: what kind they are, by whose word they count, and the verdict in
 * one sentence with its tables. The command line, the server and the visitor's own browser say the same words.
 */
export { backingOf, type Backing } from './backing.ts';
export {
  describe,
  documentsIn,
  groupsOf,
  isUnpackable,
  kindNames,
  placeOf,
  unknownKind,
  type DocumentOfKind,
  type FileDocument,
  type FileDocumentOf,
} from './documents.ts';
export { judgeGroup } from './group.ts';
export type { Trust, Ways } from './judge.ts';
export { nicknameIn, publicJudges, type FindJudges, type Judges } from './judges.ts';
export { microdescriptorDigestText } from './named.ts';
export { piecesOf, type Piece } from './pieces.ts';
export {
  exitOf,
  isMalformed,
  malformedText,
  type Cell,
  type Outcome,
  type Told,
  type ToldTable,
} from './told.ts';
export { count, plural, printable, timeText, type Tone } from './words.ts';
export {
  judgesAmong,
  readTrust,
  reportOn,
  type AuthorityChoice,
  type BroughtFile,
  type Report,
  type ReportCell,
  type ReportItem,
  type ReportLimits,
  type ReportProblem,
  type ReportTable,
  type ReportTrust,
  type TrustText,
  type Unreadable,
} from './report.ts';
export { unpackBounded, type Unpacked } from './unpack.ts';
