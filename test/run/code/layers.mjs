/** The laws of the house about who may import whom (DESIGN 3, laws 1 to 3). Each rule takes the modules and lists what breaks it. */

/** Left may import right. Rooms on one step may import each other, without cycles. */
const STEPS = [
  ['entrypoints', 'cli'],
  ['ui', 'watch'],
  ['observe', 'records', 'platform'],
  ['providers'],
  ['verdict'],
  ['evidence', 'signatures', 'collateral'],
  ['x509', 'roots'],
  ['encoding'],
  ['checks'],
];

/** The room of a module of the product; `undefined` for tests and configuration. */
export function roomOf(path) {
  const [top, second] = path.split('/');
  if (top === 'entrypoints') return 'entrypoints';
  return top === 'src' ? second : undefined;
}

const stepOf = (room) => STEPS.findIndex((rooms) => rooms.includes(room));
const own = (modules) => [...modules.values()].filter((module) => roomOf(module.path) !== undefined);
const edges = (modules) => modules.flatMap((module) => module.imports.map((one) => ({ ...one, from: module.path, at: `${module.path}:${one.line}` })));

export function unknownRooms(modules) {
  return own(modules).filter((module) => stepOf(roomOf(module.path)) === -1).map((module) => `${module.path} stands in no room of DESIGN 4`);
}

/** Data that every room may read: the texts, and the version. */
const SHARED_DATA = /^(assets\/_locales\/|package\.json$)/;

/** Law 1. */
export function wrongDirection(modules) {
  return edges(own(modules)).flatMap((edge) => {
    if (edge.target === undefined) return [];
    const from = roomOf(edge.from);
    const to = roomOf(edge.target);
    if (to === undefined) return SHARED_DATA.test(edge.target) ? [] : [`${edge.at} imports ${edge.target}, which is no part of the product`];
    return stepOf(to) < stepOf(from) ? [`${edge.at} (${from}) imports ${edge.target} (${to}), which stands to its left`] : [];
  });
}

export function unresolved(modules) {
  return edges([...modules.values()]).filter((edge) => edge.specifier.startsWith('.') && edge.target === undefined && !/\.(css|json|html|svg)(\?.*)?$/.test(edge.specifier)).map((edge) => `${edge.at} imports ${edge.specifier}, which is not there`);
}

/** A cycle through `start` as a path of names, or `undefined`. */
function cycleFrom(start, next) {
  const seen = new Set();
  const stack = [[start]];
  while (stack.length > 0) {
    const path = stack.pop();
    for (const to of next(path.at(-1))) {
      if (to === start) return [...path, start];
      if (seen.has(to)) continue;
      seen.add(to);
      stack.push([...path, to]);
    }
  }
  return undefined;
}

function cyclesIn(graph) {
  const named = new Set();
  return [...graph.keys()].flatMap((name) => {
    if (named.has(name)) return [];
    const cycle = cycleFrom(name, (at) => graph.get(at) ?? []);
    for (const one of cycle ?? []) named.add(one);
    return cycle === undefined ? [] : [cycle.join(' → ')];
  });
}

export function moduleCycles(modules) {
  return cyclesIn(new Map([...modules.values()].map((module) => [module.path, new Set(module.imports.flatMap((one) => (one.target === undefined ? [] : [one.target])))])));
}

function group(modules, nameOf) {
  const graph = new Map();
  for (const edge of edges(own(modules))) {
    if (edge.target === undefined) continue;
    const from = nameOf(edge.from);
    const to = nameOf(edge.target);
    if (from === undefined || to === undefined || from === to) continue;
    graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
}

/** Rooms on one step, and folders in one room, may import each other without cycles. */
export function roomCycles(modules) {
  const folder = (path) => {
    const parts = path.split('/');
    return parts[0] === 'src' && parts.length > 3 ? parts.slice(0, 3).join('/') : undefined;
  };
  return [...cyclesIn(group(modules, roomOf)), ...cyclesIn(group(modules, folder))];
}

/** Law 3. */
export function browserOutsidePlatform(modules) {
  return edges([...modules.values()])
    .filter((edge) => /^(webextension-polyfill|wxt\/browser|#imports)$/.test(edge.specifier))
    .filter((edge) => roomOf(edge.from) !== 'platform' || edge.specifier !== 'webextension-polyfill')
    .map((edge) => `${edge.at} imports ${edge.specifier}`);
}

/** Node's modules are for the command line alone. */
export function nodeOutsideCli(modules) {
  return edges(own(modules)).filter((edge) => edge.specifier.startsWith('node:') && roomOf(edge.from) !== 'cli').map((edge) => `${edge.at} imports ${edge.specifier}`);
}

/** What generates the simulator's evidence must not share code with what judges it (DESIGN 7). */
export function simulatorKnowsVerifier(modules) {
  return edges([...modules.values()])
    .filter((edge) => edge.from.startsWith('test/simulator/') && /^src\/(evidence|providers|collateral|x509|signatures|verdict)\//.test(edge.target ?? ''))
    .map((edge) => `${edge.at} imports ${edge.target}`);
}

/** What nothing of the product reaches is dead; tests alone do not keep a module alive. */
export function orphans(modules, roots) {
  const reached = new Set();
  const queue = own(modules).map((module) => module.path).filter(roots);
  while (queue.length > 0) {
    const path = queue.pop();
    if (reached.has(path)) continue;
    reached.add(path);
    queue.push(...(modules.get(path)?.imports ?? []).flatMap((one) => (one.target === undefined ? [] : [one.target])));
  }
  return own(modules).map((module) => module.path).filter((path) => !reached.has(path)).map((path) => `${path} is reached by no entry point`);
}
