/** The door of the pipeline room: journal entries in, rows out. */
export { openPipeline } from './pipeline.ts';
export type { Pipeline, PipelineOptions } from './pipeline.ts';
export { shownGroups } from './coming.ts';
export { emptyHistory, loadHistory, pruneHistory, putFigures, savedHistory, takeEntries } from './history.ts';
export type { History, ListedRelays, SavedHistory } from './history.ts';
export { authoritiesOf, authorityLineOf } from './authority-lines.ts';
export type { AuthorityLine } from './authority-lines.ts';
export { viaArchive } from './archive-memory.ts';
export { alertOfRow, authorityOfRow } from './rows.ts';
export { newestCertificate, scanOfVote } from './situation.ts';
export { verdictText } from './verdict-text.ts';
export type { JudgedKind } from './verdict-text.ts';
export { archivedJudge } from './archived-round.ts';
export type { ArchivedJudgement, ArchivedKind, ArchivedWork, JudgeArchived } from './archived-round.ts';
