/**
 * Makes a part of the page like another by changing only what differs: text, attributes, rows that came or went. What is
 * not touched keeps its focus, its scroll position and whether it is unfolded.
 */

/** Makes `current` like `next`; returns the elements whose text a reader would see changed. */
export function morph(current: Element, next: Element): ReadonlySet<Element> {
  const changed = new Set<Element>();
  const focused = document.activeElement;
  updateElement(current, next, changed);
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true });
  }
  return changed;
}

/** Attributes that belong to the reader or to the script, not to the server. */
const ours = new Set(['open', 'data-changed']);

/** Text that changes by itself all the time is not news. */
const ticking = '[data-since], [data-when], [data-overdue], [data-clock]';

function updateElement(current: Element, next: Element, changed: Set<Element>): void {
  for (const { name } of Array.from(current.attributes)) {
    if (!next.hasAttribute(name) && !ours.has(name)) current.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (!ours.has(name) && current.getAttribute(name) !== value) current.setAttribute(name, value);
  }
  updateChildren(current, next, changed);
}

function updateChildren(current: Element, next: Element, changed: Set<Element>): void {
  const wanted = new Set([...next.children].map(keyOf).filter((key) => key !== undefined));
  const held = new Map<string, Element>();
  for (const child of Array.from(current.children)) {
    const key = keyOf(child);
    if (key === undefined) continue;
    if (wanted.has(key)) held.set(key, child);
    else child.remove();
  }
  let cursor: ChildNode | null = current.firstChild;
  for (const node of next.childNodes) {
    const match = findMatch(cursor, node, held);
    if (match === undefined) {
      const inserted = document.importNode(node, true);
      current.insertBefore(inserted, cursor);
      note(inserted, changed);
    } else {
      if (match === cursor) cursor = cursor.nextSibling;
      else current.insertBefore(match, cursor);
      updateNode(match, node, changed);
    }
  }
  while (cursor !== null) {
    const rest: ChildNode = cursor;
    cursor = cursor.nextSibling;
    if (isOurs(rest)) continue;
    rest.remove();
    noteCell(current, changed);
  }
}

/** What the script has put at the end of an element stays there. */
function isOurs(node: ChildNode): boolean {
  return node instanceof HTMLElement && node.dataset['ours'] !== undefined;
}

function findMatch(
  cursor: ChildNode | null,
  node: ChildNode,
  held: ReadonlyMap<string, Element>,
): ChildNode | undefined {
  const key = node instanceof Element ? keyOf(node) : undefined;
  if (key !== undefined) {
    const match = held.get(key);
    return match?.nodeName === node.nodeName ? match : undefined;
  }
  if (cursor === null || cursor.nodeName !== node.nodeName) return undefined;
  return cursor instanceof Element && keyOf(cursor) !== undefined ? undefined : cursor;
}

function updateNode(current: ChildNode, next: ChildNode, changed: Set<Element>): void {
  if (current instanceof Element && next instanceof Element) updateElement(current, next, changed);
  else if (current.nodeValue !== next.nodeValue) {
    current.nodeValue = next.nodeValue;
    note(current, changed);
  }
}

function keyOf(element: Element): string | undefined {
  return element.getAttribute('data-key') ?? (element.id === '' ? undefined : `#${element.id}`);
}

const cell = 'td, dd, li, p';

/** Notes the cell, line or paragraph around what changed or came; what came in none of these is noted itself. */
function note(node: Node, changed: Set<Element>): void {
  const element = node instanceof Element ? node : node.parentElement;
  if (element === null || element.closest(ticking) !== null) return;
  changed.add(element.closest(cell) ?? element);
}

/** Notes the cell, line or paragraph that something went from; a list or a section that lost a part is not news. */
function noteCell(element: Element, changed: Set<Element>): void {
  const around = element.closest(cell);
  if (around !== null) changed.add(around);
}
