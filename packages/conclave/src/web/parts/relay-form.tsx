/** The form that leads to the history of one relay. */
import type { FC } from 'hono/jsx';

/** Asks for a fingerprint. */
export const RelayForm: FC<{ value?: string }> = ({ value }) => (
  <form class="filter" method="get" action="/relay">
    <label>
      History of the relay{' '}
      <input
        name="fingerprint"
        size={42}
        placeholder="fingerprint, 40 hexadecimal digits"
        spellcheck={false}
        autocomplete="off"
        {...(value === undefined ? {} : { value })}
      />
    </label>
    <button type="submit">Show</button>
  </form>
);
