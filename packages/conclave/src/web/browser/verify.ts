/**
 * Verification in the visitor's own browser: takes files from the form, from a drop or from the text field, hands them to
 * a worker, and shows what it says. Without this the form sends them to the server; with it nothing leaves the browser.
 */
import type { WorkerAnswer, WorkerQuestion } from './verify-worker.ts';

type Brought = WorkerQuestion['files'][number];

function start(): void {
  const form = document.querySelector<HTMLFormElement>('form#verify');
  const address = form?.dataset['worker'];
  if (form === null || address === undefined) return;
  const worker = new Worker(address, { type: 'module' });
  worker.addEventListener('message', (event: MessageEvent<WorkerAnswer>) => show(event.data));
  worker.addEventListener('error', () => show({ failed: 'its script could not be run' }));
  takeOver(form);
  const judge = (files: readonly Brought[]): void => {
    if (files.length === 0) return say('Choose a file or paste a text first.');
    say(`Judging ${files.length === 1 ? 'one file' : `${files.length} files`} …`);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    worker.postMessage(questionOf(form, files));
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void filesOf(form).then(judge);
  });
  form.querySelector('input[type=file]')?.addEventListener('change', () => void filesOf(form).then(judge));
  takeDrops(form, (list) => void read(list).then(judge));
}

/** From here on the form is ours: its words and its button say so. */
function takeOver(form: HTMLFormElement): void {
  for (const part of form.querySelectorAll<HTMLElement>('[data-scripted]')) part.hidden = false;
  for (const part of form.querySelectorAll<HTMLElement>('[data-unscripted]')) part.hidden = true;
  const button = form.querySelector<HTMLButtonElement>('button[data-here]');
  if (button !== null) button.textContent = button.dataset['here'] ?? '';
}

function takeDrops(form: HTMLFormElement, take: (files: FileList) => void): void {
  const over = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    form.classList.toggle('over', event.type === 'dragover');
    if (event.type === 'drop') take(event.dataTransfer.files);
  };
  for (const type of ['dragover', 'dragleave', 'drop'] as const) document.addEventListener(type, over);
}

async function filesOf(form: HTMLFormElement): Promise<Brought[]> {
  const input = form.querySelector<HTMLInputElement>('input[type=file]');
  const files = await read(input?.files ?? []);
  const text = form.querySelector<HTMLTextAreaElement>('textarea')?.value ?? '';
  return text.trim() === ''
    ? files
    : [...files, { name: 'the pasted text', bytes: new TextEncoder().encode(text) }];
}

function read(files: ArrayLike<File>): Promise<Brought[]> {
  return Promise.all(
    Array.from(files, async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
}

/** The question, with what the page has of authorities and certificates. */
function questionOf(form: HTMLFormElement, files: readonly Brought[]): WorkerQuestion {
  const choice = form.querySelector<HTMLSelectElement>('select[name=authorities]')?.value;
  const texts = (name: string): string[] =>
    Array.from(document.querySelectorAll(`[data-${name}]`), (element) => element.textContent);
  const identities = texts('v3ident');
  return {
    files,
    choice: choice === 'observatory' || choice === 'public' ? choice : 'named',
    network: form.dataset['network'] ?? '',
    authorities: texts('nickname').map((nickname, at) => ({ nickname, v3ident: identities[at] ?? '' })),
    certificates: document.getElementById('certificates')?.textContent ?? '',
  };
}

function show(answer: WorkerAnswer): void {
  if ('failed' in answer) return say(`This browser could not judge it: ${answer.failed}.`);
  const place = document.getElementById('report');
  if (place === null) return;
  const report = new DOMParser().parseFromString(answer.html, 'text/html').querySelector('.report');
  const note = document.createElement('p');
  note.className = 'note';
  note.textContent = `Judged in this browser in ${Math.ceil(answer.judgeMs).toLocaleString('en')}\u00a0ms; nothing was uploaded.`;
  place.replaceChildren(...(report === null ? [] : [report]), note);
  say('Judged; the verdict is above.');
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: 'start' });
}

function say(text: string): void {
  const place = document.getElementById('working');
  if (place !== null) place.textContent = text;
}

start();
