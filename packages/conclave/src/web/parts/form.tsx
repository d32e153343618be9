/** Forms that ask a question by an address: they work without script, and what they ask can be linked to. */
import type { Child, FC } from 'hono/jsx';

/** A form on one line where there is room. */
export const Asking: FC<{ action: string; submit: string; children: Child; after?: Child }> = (props) => (
  <form class="filter" method="get" action={props.action}>
    {props.children}
    <button type="submit">{props.submit}</button>
    {props.after}
  </form>
);

/** A line of text; what is left empty is not asked. */
export const Field: FC<{
  label: string;
  name: string;
  value: string | undefined;
  placeholder: string;
  /** How many characters wide, and how many at most. */
  size: number;
  most: number;
  pattern?: string;
}> = ({ label, name, value, placeholder, size, most, pattern }) => (
  <label>
    {label}{' '}
    <input
      type="text"
      name={name}
      value={value ?? ''}
      placeholder={placeholder}
      size={size}
      maxlength={most}
      spellcheck={false}
      autocomplete="off"
      {...(pattern === undefined ? {} : { pattern })}
    />
  </label>
);

/** One of several: each its value, and what it is called. */
export const Choice: FC<{
  label: string;
  name: string;
  options: readonly (readonly [value: string, words: string])[];
  chosen: string | undefined;
}> = ({ label, name, options, chosen }) => (
  <label>
    {label}{' '}
    <select name={name}>
      {options.map(([value, words]) => (
        <option value={value} selected={value === chosen}>
          {words}
        </option>
      ))}
    </select>
  </label>
);

/** Asks for a relay. */
export const RelayForm: FC<{ value?: string }> = ({ value }) => (
  <Asking action="/relay" submit="Find">
    <Field
      label="Relay"
      name="search"
      value={value}
      placeholder="nickname or fingerprint"
      size={42}
      most={60}
    />
  </Asking>
);

/** What is asked of an explanation. */
export interface ExplainChoice {
  readonly flavor: 'ns' | 'microdesc';
  readonly relay?: string;
  readonly keyword?: string;
}

/** Asks why a round's consensus says what it says of a relay, or in a line of its header. */
export const ExplainForm: FC<{ action: string; choice: ExplainChoice }> = ({ action, choice }) => (
  <Asking action={action} submit="Explain">
    <Choice
      label="Flavour"
      name="flavor"
      options={[
        ['ns', 'ns'],
        ['microdesc', 'microdesc'],
      ]}
      chosen={choice.flavor}
    />
    <Field label="Relay" name="relay" value={choice.relay} placeholder="fingerprint" size={42} most={40} />
    <Field
      label="Keyword"
      name="keyword"
      value={choice.keyword}
      placeholder="any, or params"
      size={16}
      most={64}
    />
  </Asking>
);
