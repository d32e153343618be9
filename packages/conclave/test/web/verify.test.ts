import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createSite, serve } from '../../src/web/index.ts';
import { documents, madeAnswers, madeRound } from './fixture-verify.ts';
import { answersFor } from './fixtures.ts';

const site = createSite(madeAnswers());

/** What a reader reads. */
function read(html: string): string {
  const main = /<div id="report".*?<form/s.exec(html)?.[0] ?? '';
  return main
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');
}

type Sent = Readonly<Record<string, Uint8Array>>;

/** Sends the form as a browser without script does. */
async function send(files: Sent, fields: Readonly<Record<string, string>> = {}): Promise<Response> {
  const form = new FormData();
  for (const [name, bytes] of Object.entries(files))
    form.append('files', new Blob([Uint8Array.from(bytes)]), name);
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return site.request('/verify', { method: 'POST', body: form });
}

async function sample(name: string): Promise<Uint8Array> {
  return new Uint8Array(await (await site.request(`/verify/sample/${name}`)).arrayBuffer());
}

describe('/verify', () => {
  test('lets its script open no connection, and the worker of its own answer neither', async () => {
    const { headers } = await site.request('/verify');
    expect(headers.get('content-security-policy')).toContain("connect-src 'none'");
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    const worker = await site.request('/assets/verify-worker.js');
    if (worker.status !== 404) {
      expect(worker.headers.get('content-security-policy')).toContain("connect-src 'none'");
    }
  });

  test('carries the certificates and authorities with which a browser judges by itself', async () => {
    const html = await (await site.request('/verify')).text();
    expect(html.match(/data-v3ident/g)).toHaveLength(9);
    expect(html.match(/dir-key-certificate-version 3/g)).toHaveLength(9);
    expect(html).not.toContain('data-live="main"');
  });

  test.each([
    [
      'genuine',
      /^ fine: Genuine: signed by 9 of 9 authorities, 5 needed; valid-after 2024-05-01 12:00:00\. /,
    ],
    [
      'tampered',
      /^ somebody should act: Not genuine: signed by 0 of 9 authorities, 5 needed \(signatures: 9 wrong\)\. /,
    ],
    ['truncated', /^ somebody should act: Not genuine: malformed \(line \d+: .*expected/],
    ['under-signed', /^ somebody should act: Not genuine: signed by 4 of 9 authorities, 5 needed\. /],
  ])('a sample that is %s, judged here and sent by the form, in the same words', async (name, words) => {
    const judged = read(await (await site.request(`/verify?sample=${name}`)).text());
    expect(judged).toMatch(words);
    const sent = await send({ [`consensus-${name}`]: await sample(name) });
    expect(sent.status).toBe(200);
    expect(sent.headers.get('cache-control')).toBe('no-store');
    const told = read(await sent.text());
    expect(told).toContain('What you sent was not kept.');
    expect(told.split('Judged by this observatory')[0]).toBe(judged.split('Judged by this observatory')[0]);
  });

  test('tampered is one bit, under-signed one signature, truncated the beginning', async () => {
    const [genuine, tampered, truncated, few] = await Promise.all(
      ['genuine', 'tampered', 'truncated', 'under-signed'].map(sample),
    );
    expect(genuine).toEqual(Uint8Array.from(documents.consensus));
    const turned = [...(tampered ?? [])].flatMap((byte, at) =>
      byte === genuine?.[at] ? [] : [byte ^ (genuine?.[at] ?? 0)],
    );
    expect(turned).toEqual([1]);
    expect(tampered).toHaveLength(documents.consensus.length);
    expect(genuine?.subarray(0, truncated?.length)).toEqual(truncated);
    expect(
      Buffer.from(few ?? [])
        .toString('latin1')
        .match(/^directory-signature /gm),
    ).toHaveLength(4);
  });

  test('shows each signature, the authorities that were asked, the digest, and the SHA-256 of the file', async () => {
    const text = read(await (await send({ consensus: documents.consensus })).text());
    expect(text).toContain('those that this observatory watches: private test network');
    expect(text).toContain('Judged at 2024-05-01 12:00:00 (the document&#39;s own valid-after).');
    expect(text).toMatch(/Digest of the signed part: [0-9A-F]{40}\./);
    expect(text).toMatch(/SHA-256 of the file consensus [\d,]+ B [0-9a-f]{64}/);
    expect(text.match(/ good sha1 [0-9A-F]{16} /g)).toHaveLength(9);
  });

  test('judges by the public authorities when asked to', async () => {
    const text = read(
      await (await send({ consensus: documents.consensus }, { authorities: 'public' })).text(),
    );
    expect(text).toContain('Not genuine: signed by 0 of 8 authorities, 5 needed');
    expect(text).toContain('the public Tor network&#39;s, as they were from');
  });

  test('names the line of a problem', async () => {
    const lines = Buffer.from(documents.consensus).toString('latin1').split('\n');
    lines[5] = 'valid-until yesterday';
    const text = read(await (await send({ spoilt: Buffer.from(lines.join('\n'), 'latin1') })).text());
    expect(text).toMatch(/1 problem .* Line Severity Keyword Expected Found 6 error valid-until a time/);
  });

  test('takes several files, packed ones and pasted text; one vouches for another', async () => {
    const response = await send(
      { 'a.gz': gzipSync(documents.consensus), vote: documents.vote },
      { text: Buffer.from(documents.certificates).toString('latin1').replaceAll('\n', '\r\n') },
    );
    const text = read(await response.text());
    expect(text).toContain('Of 11 parts: ');
    expect(text).toContain('a.gz consensus');
    expect(text).toContain('the pasted text key certificate');
    expect(text).toContain('names another vote of this authority');
  });

  describe('a consensus with the votes of its round', () => {
    const { consensus, votes } = madeRound();

    test('is recomputed', async () => {
      const text = read(await (await send({ consensus, ...votes })).text());
      expect(text).toContain(
        'fine: Of 10 parts: 10 genuine. Recomputed: the ns consensus of 2024-05-01 12:00:00: Byte for byte what its 9 votes give by method 34 for 9 authorities.',
      );
      expect(text).toContain('Votes: 9 of the 9 that it names.');
      expect(text).toContain(
        'Authorities configured: 9, those that this observatory watches: private test network.',
      );
    });

    test('is undecided, and says which votes were not brought', async () => {
      const [[name], ...rest] = Object.entries(votes) as [[string, Uint8Array], ...[string, Uint8Array][]];
      const text = read(await (await send({ consensus, ...Object.fromEntries(rest) })).text());
      expect(text).toContain('not known: Of 9 parts: 9 genuine. Undecided: the ns consensus of');
      expect(text).toMatch(
        new RegExp(
          `Votes that it names and that were not brought .* ${name.slice(5)} [0-9A-F]{40} not given`,
        ),
      );
    });

    test('differs where a line of it was changed, whoever signed it, and the line is shown', async () => {
      const at = Buffer.from(consensus).lastIndexOf('\nw Bandwidth=') + '\nw Bandwidth='.length;
      const other = Uint8Array.from(consensus);
      other[at] = (other[at] ?? 0) ^ 1;
      const text = read(await (await send({ consensus: other, ...votes })).text());
      expect(text).toContain('Of 10 parts: 9 genuine, 1 not genuine. Differs: the ns consensus of');
      expect(text).toMatch(/1 line in which the two differ .* relay [0-9A-F]{40}.* w line \d+: w Bandwidth=/);
    });
  });

  test.each([
    ['an unknown kind', Buffer.from('<html><b>hello</b>'), 'No document could be read.', '&lt;html&gt;'],
    [
      'an xz file',
      Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1]),
      'No document could be read.',
      'packed as xz',
    ],
    [
      'a bad gzip',
      Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]),
      'No document could be read.',
      'cannot be unpacked',
    ],
    [
      'a bomb',
      gzipSync(Buffer.alloc(20_000_000)),
      'No document could be read.',
      'larger than the 12.0 MB that are left for it',
    ],
  ])('%s is not judged, and it says why', async (_, bytes, headline, why) => {
    const html = await (await send({ 'x.bin': bytes })).text();
    expect(read(html)).toContain(headline);
    expect(read(html)).toContain(why);
    expect(html).not.toContain('<b>hello');
  });

  test('looks at so much in all, however it is packed', async () => {
    const filler = Buffer.concat([documents.consensus, Buffer.alloc(7_000_000, 'opt x\n')]);
    const text = read(await (await send({ 'a.gz': gzipSync(filler), 'b.gz': gzipSync(filler) })).text());
    expect(text).toMatch(/b\.gz unpacked it is larger than the 5\.0 MB that are left for it/);
  });

  test('refuses what is too large, and nothing at all', async () => {
    const large = await send({ big: Buffer.alloc(12_100_000, 0x20) });
    expect(large.status).toBe(413);
    expect(await large.text()).toContain('12 MB');
    expect((await send({})).status).toBe(400);
    expect((await site.request('/verify', { method: 'POST', body: 'x' })).status).toBe(400);
  });

  test('on a socket: a body in chunks is judged, one too large or none at all refused', async () => {
    const served = await serve(site, { host: '127.0.0.1', port: 0 });
    const post = async (body: BodyInit | null, type?: string): Promise<Response> =>
      fetch(`${served.url}/verify`, {
        method: 'POST',
        body,
        ...(type === undefined ? {} : { headers: { 'content-type': type } }),
        ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      });
    const made = (bytes: Uint8Array): Response => {
      const form = new FormData();
      form.append('files', new Blob([Uint8Array.from(bytes)]), 'consensus');
      return new Response(form);
    };
    const inChunks = async (bytes: Uint8Array): Promise<Response> => {
      const { body, headers } = made(bytes);
      return post(body, headers.get('content-type') ?? '');
    };
    try {
      const judged = await inChunks(documents.consensus);
      expect(judged.status).toBe(200);
      expect(await judged.text()).toContain('Genuine');
      expect((await inChunks(Buffer.alloc(12_100_000, 0x20)).catch(() => ({ status: 413 }))).status).toBe(
        413,
      );
      expect((await post(null)).status).toBe(400);
      expect((await post('x', 'multipart/form-data; boundary=none')).status).toBe(400);
    } finally {
      await served.close();
    }
  });

  test('judges for one visitor at a time', async () => {
    const packed = gzipSync(documents.consensus);
    const all = await Promise.all(Array.from({ length: 4 }, () => send({ packed })));
    const states = all.map(({ status }) => status);
    expect(states.filter((status) => status === 200).length).toBeGreaterThanOrEqual(1);
    expect(states.filter((status) => status === 503).length).toBeGreaterThanOrEqual(1);
    expect((await send({ packed })).status).toBe(200);
  });

  test('has no sample while no consensus is known, and none of another name', async () => {
    const empty = createSite(answersFor('nothing'));
    for (const path of ['/verify/sample/genuine', '/verify?sample=tampered']) {
      const response = await empty.request(path);
      expect(response.status, path).toBe(404);
      expect(await response.text()).toContain('No accepted consensus is known here.');
    }
    expect((await site.request('/verify?sample=constructor')).status).toBe(404);
    expect((await empty.request('/verify')).status).toBe(200);
  });
});
