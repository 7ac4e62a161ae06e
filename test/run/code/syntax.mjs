/** Rules about what the product's code may say, read from its syntax tree rather than its letters. */
import { Visitor } from 'rolldown/utils';
import { roomOf } from './layers.mjs';

const PURE = new Set(['checks', 'encoding', 'x509', 'roots', 'evidence', 'signatures', 'collateral', 'verdict', 'providers']);
/** Says which clock is used; the one place in a pure room that reads it, and it is handed in from outside. */
const CLOCK = 'src/roots/flavour.ts';

const own = (modules) => [...modules.values()].filter((module) => roomOf(module.path) !== undefined);
const nameOf = (node) => (node?.type === 'Identifier' ? node.name : node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined);
const member = (node) => (node?.type === 'MemberExpression' ? `${nameOf(node.object) ?? ''}.${nameOf(node.property) ?? ''}` : undefined);

/** Visits modules and collects `path:line what` for each node that a listener objects to. */
function findings(modules, listeners) {
  return modules.flatMap((module) => {
    const found = [];
    const visitor = Object.fromEntries(
      Object.entries(listeners).map(([type, objection]) => [
        type,
        (node) => {
          const what = objection(node, module);
          if (what !== undefined) found.push(`${module.path}:${module.lineOf(node.start)} ${what}`);
        },
      ]),
    );
    new Visitor(visitor).visit(module.program);
    return found;
  });
}

const GLOBALS = /^(globalThis|self|window)$/;
const IMPURE_CALLS = new Set(['fetch', 'setTimeout', 'setInterval', 'importScripts']);
const IMPURE_MEMBERS = new Set(['Date.now', 'performance.now', 'Math.random', 'crypto.getRandomValues', 'crypto.randomUUID']);
const IMPURE_NEW = new Set(['XMLHttpRequest', 'WebSocket', 'EventSource', 'Worker']);
const IMPURE_OBJECTS = new Set(['localStorage', 'sessionStorage', 'indexedDB', 'document', 'navigator', 'location']);

/** Law 2: the core opens no connection, reads no clock, keeps nothing. */
export function impure(modules) {
  const core = own(modules).filter((module) => PURE.has(roomOf(module.path)) && module.path !== CLOCK);
  return findings(core, {
    CallExpression: (node) => {
      const name = nameOf(node.callee) ?? (GLOBALS.test(nameOf(node.callee.object) ?? '') ? nameOf(node.callee.property) : undefined);
      if (name !== undefined && IMPURE_CALLS.has(name)) return `calls ${name}`;
      const called = member(node.callee);
      return called !== undefined && IMPURE_MEMBERS.has(called) ? `calls ${called}` : undefined;
    },
    NewExpression: (node) => {
      const name = nameOf(node.callee);
      if (name === 'Date' && node.arguments.length === 0) return 'reads the clock with new Date()';
      return name !== undefined && IMPURE_NEW.has(name) ? `makes a ${name}` : undefined;
    },
    MemberExpression: (node) => {
      const name = nameOf(node.object);
      return name !== undefined && IMPURE_OBJECTS.has(name) ? `uses ${name}` : undefined;
    },
  });
}

/** Law 3, the other half: no global of the browser's extension API outside src/platform. */
export function extensionGlobals(modules) {
  return findings(own(modules).filter((module) => roomOf(module.path) !== 'platform'), {
    MemberExpression: (node) => (/^(chrome|browser)$/.test(nameOf(node.object) ?? '') ? `uses ${member(node)}` : undefined),
  });
}

const MARKUP = new Set(['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'dangerouslySetInnerHTML', 'srcdoc', 'createContextualFragment', 'setHTMLUnsafe', 'parseHTMLUnsafe']);

/** Neither markup nor code is made from strings. */
export function stringsAsCode(modules) {
  return findings(own(modules), {
    MemberExpression: (node) => {
      const name = nameOf(node.property);
      return name !== undefined && (MARKUP.has(name) || member(node) === 'document.write') ? `uses ${name}` : undefined;
    },
    JSXAttribute: (node) => (MARKUP.has(node.name.name) ? `sets ${node.name.name}` : undefined),
    CallExpression: (node) => (nameOf(node.callee) === 'eval' || nameOf(node.callee) === 'Function' ? `calls ${nameOf(node.callee)}` : undefined),
    NewExpression: (node) => (nameOf(node.callee) === 'Function' ? 'makes a Function from a string' : undefined),
    // `import(x)` of something computed would be code that no one reviewed.
    ImportExpression: (node) => (node.source.type === 'Literal' ? undefined : 'imports a computed module'),
  });
}

export function givenUpTypes(modules) {
  return [
    ...findings(own(modules), { TSAnyKeyword: () => 'says any' }),
    ...own(modules).flatMap((module) =>
      module.comments.filter((comment) => /@ts-(ignore|nocheck|expect-error)/.test(comment.value)).map((comment) => `${module.path}:${module.lineOf(comment.start)} silences the type checker`),
    ),
  ];
}

/** A catch that does nothing must at least say why that is right. */
export function swallowedErrors(modules) {
  return findings(own(modules), {
    CatchClause: ({ body }, module) => (body.body.length === 0 && !module.comments.some((comment) => comment.start > body.start && comment.end < body.end) ? 'has an empty catch' : undefined),
  });
}

export function unfinished(modules) {
  return own(modules).flatMap((module) =>
    module.comments.filter((comment) => /\b(TODO|FIXME|XXX|HACK)\b/.test(comment.value)).map((comment) => `${module.path}:${module.lineOf(comment.start)} is marked unfinished`),
  );
}
