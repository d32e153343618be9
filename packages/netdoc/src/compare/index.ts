/** Floor 3: what differs between two consensuses, by value and by line. */
export { compareConsensuses, hasChanges } from './consensuses.ts';
export type { ConsensusChanges } from './consensuses.ts';
export type { HeaderChange } from './header.ts';
export type {
  CompareOptions,
  FieldChange,
  FlagChange,
  RelayChange,
  RelayChanges,
  RelayField,
  RelayName,
} from './relays.ts';
export { differencesBetween } from './texts.ts';
export type { TextDifference } from './texts.ts';
