/** The words that judgements are made of: counts, times, and tones that colour means; the words beside them say the same. */
import { formatTime, type UnixSeconds } from '@conclave/netdoc';

/** Colours that mean something; the words beside them say the same. */
export type Tone = 'good' | 'bad' | 'open' | 'faint' | 'strong';

/** Text from a document made fit to be shown: control characters become visible, so that no file steers the reader's screen. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** `1,234,567`. */
export function count(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `9 authorities`, `1 authority`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A time as the spec writes it, or that there is none. */
export function timeText(time: UnixSeconds | undefined): string {
  return time === undefined ? 'unreadable' : formatTime(time);
}
