/**
 * The page to read the API by: every operation with its parameters and what it answers, from the OpenAPI document.
 */
import type { FC } from 'hono/jsx';
import type { JsonSchema, OpenApiDocument, OpenApiOperation } from '../../api/index.ts';
import { Scroll } from '../parts/basics.tsx';

/** The whole reference. */
export const ReferencePage: FC<{ document: OpenApiDocument }> = ({ document }) => {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    item.get === undefined ? [] : [[path, item.get] as const],
  );
  const main = operations.filter(([path]) => !path.endsWith('.csv'));
  const csv = operations.filter(([path]) => path.endsWith('.csv'));
  return (
    <article class="prose reference">
      <h1>The API</h1>
      <p class="lede unknown">
        <b>Everything on these pages, for programs.</b> {document.info.description}
      </p>
      <p>
        No key, no cookies; GET and HEAD only. The same as an{' '}
        <a href="/api/v1/openapi.json">OpenAPI {document.openapi} document</a>. Ask with If-None-Match and the
        ETag that you got, and unchanged answers cost nothing.
      </p>
      {main.map(([path, operation]) => (
        <Operation path={path} operation={operation} />
      ))}
      <h2>As CSV</h2>
      <ul class="lines">
        {csv.map(([path, operation]) => (
          <li>
            <Path path={path} /> <small>{operation.summary}</small>
          </li>
        ))}
      </ul>
      <h2>Objects</h2>
      {Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => (
        <section id={`object-${name}`}>
          <h3>{name}</h3>
          <Fields schema={schema} name={name} />
        </section>
      ))}
    </article>
  );
};

const Operation: FC<{ path: string; operation: OpenApiOperation }> = ({ path, operation }) => (
  <section class="operation">
    <h2>
      <Path path={path} />
    </h2>
    <p>
      {operation.summary}. {operation.description}
    </p>
    <Parameters operation={operation} path={path} />
    <dl class="answers">
      {Object.entries(operation.responses).map(([status, response]) => (
        <>
          <dt>{status}</dt>
          <dd>
            {response.description}
            {Object.entries(response.content ?? {}).map(([type, { schema }]) => (
              <>
                {' '}
                <small>
                  {type}: {schema === undefined ? '' : <TypeOf schema={schema} />}
                </small>
              </>
            ))}
          </dd>
        </>
      ))}
    </dl>
  </section>
);

const Path: FC<{ path: string }> = ({ path }) =>
  path.includes('{') || path.endsWith('/live') ? (
    <code>GET {path}</code>
  ) : (
    <code>
      GET <a href={path}>{path}</a>
    </code>
  );

const Parameters: FC<{ operation: OpenApiOperation; path: string }> = ({ operation, path }) =>
  operation.parameters === undefined || operation.parameters.length === 0 ? null : (
    <Scroll label={`Parameters of ${path}`}>
      <table>
        <caption class="vh">Parameters</caption>
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">In</th>
            <th scope="col">Type</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {operation.parameters.map((parameter) => (
            <tr>
              <th scope="row">
                <code>{parameter.name}</code>
              </th>
              <td>{parameter.in}</td>
              <td>{parameter.schema === undefined ? '' : <TypeOf schema={parameter.schema} />}</td>
              <td class="wrap">
                {parameter.description ?? parameter.schema?.description}
                {parameter.schema?.default === undefined
                  ? ''
                  : `; ${JSON.stringify(parameter.schema.default)} if not given`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );

interface Field {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

const Fields: FC<{ schema: JsonSchema; name: string }> = ({ schema, name }) => {
  const fields = fieldsOf(schema, '', 0);
  if (fields.length === 0) return <TypeOf schema={schema} />;
  return (
    <Scroll label={`Fields of ${name}`}>
      <table>
        <caption class="vh">Fields of {name}</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Type</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr>
              <th scope="row">
                <code>{field.name}</code>
              </th>
              <td>
                <TypeOf schema={field.schema} />
                {field.required ? '' : ', may be absent'}
              </td>
              <td class="wrap">{describe(field.schema)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
};

/** The fields of an object, with those of objects inside it under dotted names; named objects are only referred to. */
function fieldsOf(schema: JsonSchema, prefix: string, depth: number): readonly Field[] {
  const parts = [schema, ...(schema.allOf ?? [])];
  return parts.flatMap((part) =>
    Object.entries(part.properties ?? {}).flatMap(([key, value]) => {
      const field: Field = {
        name: prefix + key,
        schema: value,
        required: part.required?.includes(key) ?? false,
      };
      const [inner, suffix] = innerObject(value);
      return inner === undefined || depth > 3
        ? [field]
        : [field, ...fieldsOf(inner, `${prefix}${key}${suffix}.`, depth + 1)];
    }),
  );
}

function innerObject(schema: JsonSchema): readonly [JsonSchema | undefined, string] {
  if (schema.properties !== undefined) return [schema, ''];
  if (schema.items?.properties !== undefined) return [schema.items, '[]'];
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  const object = variants.find((variant) => variant.properties !== undefined);
  return [object, ''];
}

function describe(schema: JsonSchema): string {
  return (
    schema.description ?? schema.allOf?.find((part) => part.description !== undefined)?.description ?? ''
  );
}

const TypeOf: FC<{ schema: JsonSchema }> = ({ schema }) => {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return <a href={`#object-${name}`}>{name}</a>;
  }
  if (schema.enum !== undefined) return <>{schema.enum.map((value) => JSON.stringify(value)).join(' | ')}</>;
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (variants !== undefined && schema.type === undefined) {
    const typed = variants.filter(
      (variant) => variant.$ref !== undefined || variant.type !== undefined || variant.anyOf !== undefined,
    );
    return (
      <>
        {typed.map((variant, index) => (
          <>
            {index === 0 ? '' : ' | '}
            <TypeOf schema={variant} />
          </>
        ))}
      </>
    );
  }
  const type = typeof schema.type === 'string' ? schema.type : (schema.type ?? ['any']).join(' | ');
  if (schema.items !== undefined) {
    return (
      <>
        list of <TypeOf schema={schema.items} />
      </>
    );
  }
  const range =
    schema.minimum !== undefined && schema.maximum !== undefined
      ? ` ${schema.minimum}–${schema.maximum}`
      : '';
  return <>{`${type}${range}${schema.format === undefined ? '' : ` (${schema.format})`}`}</>;
};
