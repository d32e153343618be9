/**
 * The way to older entries of a list. The answer names it as an address of the API; the page's own address takes the
 * same query.
 */
import type { FC } from 'hono/jsx';

/** A link to the next page of a list, when there is one. */
export const Older: FC<{ older: string | null; path: string }> = ({ older, path }) =>
  older === null ? null : (
    <p class="older">
      <a href={olderPath(older, path)} rel="next">
        older →
      </a>
    </p>
  );

/** The page's address for what the API calls `older`: an address with a query, or the bare value of `before`. */
export function olderPath(older: string, path: string): string {
  const mark = older.indexOf('?');
  return mark === -1 ? `${path}?before=${encodeURIComponent(older)}` : `${path}${older.slice(mark)}`;
}
