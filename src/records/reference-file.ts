/** Reading reference values from a file's text: strict, since what is read here decides what counts as known software. */
import { CodedError } from '../checks/error';
import { TDX_REGISTERS } from '../checks/policy';
import type { ReferenceKind, ReferenceValue, Role } from '../checks/reference';
import { SNP_LAUNCH_BYTES } from '../checks/snp-launch';
import { utf8Bytes } from '../encoding/bytes';
import { isHex } from '../encoding/hex';
import { type JsonValue, parseJson } from '../encoding/json';
import { JsonView } from '../encoding/json-read';
import { httpsOrigin } from '../encoding/origin';
import { MAX_POLICY_TEXT, readCocosPolicy } from '../evidence/cocos/policy-read';
import { DIALECT as CONTRAST, MANIFEST_HASH, PRIVATEMODE, ROLE as CONTRAST_ROLE } from '../providers/contrast/names';
import { valuesOfManifest } from '../providers/contrast/values';
import { DIALECT as COCOS, ROLE as COCOS_ROLE } from '../providers/cube/names';
import { REFERENCES_KEPT } from './limits';

const CODE = 'REFERENCE_MALFORMED';
const MAX_TEXT = 1_048_576;
const MAX_VALUES_PER_NAME = 64;
const MAX_NOTE = 1_000;

const ROLES: readonly Role[] = ['agent', 'gateway', 'model', 'coordinator'];
const KINDS: readonly ReferenceKind[] = ['image-digest', 'tdx-registers', 'dstack-app', 'snp-launch', 'cocos-policy', 'contrast-manifest'];
const FIELDS: readonly string[] = ['dialect', 'role', 'kind', 'values', 'properties', 'source', 'note', 'apiOrigin'];
const PROPERTIES = ['collectsOwnGpu', 'verifiesModel'] as const;

const REGISTER = /^[0-9a-f]{96}$/;
const SHA256 = /^[0-9a-f]{64}$/;
interface Form {
  readonly names: readonly string[];
  readonly fits: (text: string, name: string) => boolean;
  readonly whole?: boolean;
}

/** What each kind may name, and the form of each value; a `whole` kind must name all, for a part would leave out what decides. */
const FORMS: Readonly<Record<Exclude<ReferenceKind, 'cocos-policy' | 'contrast-manifest'>, Form>> = {
  'image-digest': { names: ['digest'], fits: (text) => /^sha256:[0-9a-f]{64}$/.test(text) },
  'tdx-registers': { names: TDX_REGISTERS, fits: (text) => REGISTER.test(text) },
  'dstack-app': { names: ['mrTd', 'rtmr0', 'rtmr1', 'rtmr2', 'composeHash'], fits: (text, name) => (name === 'composeHash' ? SHA256 : REGISTER).test(text), whole: true },
  'snp-launch': { names: Object.keys(SNP_LAUNCH_BYTES), fits: (text, name) => isHex(text, SNP_LAUNCH_BYTES[name]) },
};
const ZEROS = /^0+$/;

const refuse = (what: string): never => {
  throw new CodedError(CODE, what);
};

function onlyKnown(view: JsonView, known: readonly string[]): void {
  const stranger = [...view.object().keys()].find((key) => !known.includes(key));
  if (stranger !== undefined) refuse(`unknown field ${stranger.slice(0, 64)}`);
}

function readOne(view: JsonView): ReferenceValue {
  onlyKnown(view, FIELDS);
  const dialect = view.get('dialect').string();
  if (!/^[a-z0-9-]{1,64}$/.test(dialect)) refuse('dialect');
  const note = view.get('note').present ? view.get('note').string() : '';
  if (note.length > MAX_NOTE) refuse('note');
  const kind = view.get('kind').oneOf(KINDS);
  return {
    dialect,
    role: view.get('role').oneOf(ROLES),
    kind,
    values: valuesOf(kind, view.get('values')),
    properties: readProperties(view.get('properties')),
    // A file is what the user brought, whatever it says of itself; a release is only what was verified here.
    source: 'imported',
    note,
    ...originIn(view.get('apiOrigin')),
  };
}

/** Half an address would leave open for which service the value counts. */
function originIn(view: JsonView): Pick<ReferenceValue, 'apiOrigin'> {
  if (!view.present) return {};
  return { apiOrigin: httpsOrigin(view.string()) ?? refuse('apiOrigin') };
}

function valuesOf(kind: ReferenceKind, view: JsonView): ReferenceValue['values'] {
  switch (kind) {
    case 'cocos-policy':
      return readPolicies(view);
    case 'contrast-manifest':
      return readManifestValues(view);
    case 'image-digest':
    case 'tdx-registers':
    case 'dstack-app':
    case 'snp-launch':
      return readValues(view, kind);
  }
}

function readValues(view: JsonView, kind: keyof typeof FORMS): Readonly<Record<string, readonly string[]>> {
  const { names, fits, whole } = FORMS[kind];
  onlyKnown(view, names);
  const present = names.filter((name) => view.get(name).present);
  if (present.length === 0 || (whole === true && present.length < names.length)) refuse('values');
  const read = Object.fromEntries(
    present.map((name): [string, readonly string[]] => {
      const member = view.get(name);
      const items = Array.isArray(view.object().get(name)) ? member.items(MAX_VALUES_PER_NAME) : [member];
      if (items.length === 0) refuse(`values.${name}`);
      const values = items.map((item) => item.string().toLowerCase());
      return [name, values.every((text) => fits(text, name)) ? values : refuse(`values.${name}`)];
    }),
  );
  // Zeros stand where nothing was measured, in any machine: beside others they say so, alone they name nothing.
  if (Object.values(read).every((values) => values.every((text) => ZEROS.test(text)))) refuse('values: all are zeros, which name no software');
  return read;
}

/** Policies are kept as they were written: their base64 has upper and lower case, their numbers more digits than a double. */
function readPolicies(view: JsonView): ReferenceValue['values'] {
  onlyKnown(view, ['policy']);
  const member = view.get('policy');
  const items = Array.isArray(view.object().get('policy')) ? member.items(MAX_VALUES_PER_NAME) : [member];
  return { policy: items.length === 0 ? refuse('values.policy') : items.map((item) => checkedPolicy(item.string())) };
}

function checkedPolicy(text: string): string {
  if (text.length > MAX_POLICY_TEXT) refuse('a policy of absurd length');
  try {
    readCocosPolicy(text);
  } catch (error) {
    if (error instanceof CodedError) throw new CodedError(CODE, error.detail, { cause: error });
    throw error;
  }
  return text;
}

const MOST_MANIFEST_NAMES = 4096;
const MOST_MANIFEST_TEXT = 65_536;

/** The digest decides; whatever else is named only tells a person what it stands for. */
function readManifestValues(view: JsonView): ReferenceValue['values'] {
  const names = [...view.object().keys()];
  if (names.length > MOST_MANIFEST_NAMES || !names.includes(MANIFEST_HASH)) refuse(`values.${MANIFEST_HASH}`);
  return Object.fromEntries(
    names.map((name) => {
      const member = view.get(name);
      const items = Array.isArray(view.object().get(name)) ? member.items(MAX_VALUES_PER_NAME) : [member];
      const values = items.map((item) => (name === MANIFEST_HASH ? item.string().toLowerCase() : item.string()));
      const fits = values.every((text) => (name === MANIFEST_HASH ? SHA256.test(text) : text.length <= MOST_MANIFEST_TEXT));
      return [name, values.length > 0 && fits ? values : refuse(`values.${name.slice(0, 64)}`)];
    }),
  );
}

/** A manifest file as Contrast's tools write it says nothing of what it is for: the same file may be of a deployment of one's own or of Privatemode. */
const isBareManifest = (value: JsonValue): boolean => value instanceof Map && value.has('Policies') && value.has('ReferenceValues');

function bareManifest(text: string, dialect: string): ReferenceValue {
  try {
    const values = Object.fromEntries(Object.entries(valuesOfManifest(utf8Bytes(text))).map(([name, value]) => [name, [value]]));
    return { dialect, role: CONTRAST_ROLE, kind: 'contrast-manifest', values, properties: {}, source: 'imported', note: '' };
  } catch (error) {
    if (error instanceof CodedError) throw new CodedError(CODE, error.detail, { cause: error });
    throw error;
  }
}

/** A policy file as Cocos's tools write it, without a word of ours around it. */
const isBarePolicy = (value: JsonValue): boolean => value instanceof Map && value.get('policy') instanceof Map && !value.has('kind');

function readProperties(view: JsonView): ReferenceValue['properties'] {
  if (!view.present) return {};
  onlyKnown(view, PROPERTIES);
  return Object.fromEntries(PROPERTIES.filter((name) => view.get(name).present).map((name) => [name, view.get(name).boolean()]));
}

/** The one service that the user says a file is for. */
export interface FileIsFor {
  readonly dialect: string;
  readonly apiOrigin: string;
}

const parsed = (text: string): JsonValue => parseJson(text, { maxLength: MAX_TEXT, code: CODE });

/**
 * Reads one reference value or a list of them from a file's text; with `service` they count for it alone. Raises
 * `REFERENCE_MALFORMED` naming the field, also for a value that says it is for something else than `service`, and
 * `REQUEST_MALFORMED` for a manifest without `service`: it would contradict every other deployment.
 */
export function readReferences(text: string, service?: FileIsFor): readonly ReferenceValue[] {
  const value = parsed(text);
  if (!isBareManifest(value)) return boundTo(service, valuesIn(value, text));
  if (service === undefined) throw new CodedError('REQUEST_MALFORMED', 'apiOrigin: a manifest is for one service');
  return boundTo(service, [bareManifest(text, service.dialect === PRIVATEMODE ? PRIVATEMODE : CONTRAST)]);
}

/** The same for a file beside a command: it counts for the evidence that the command names, of either kind of deployment. */
export function readReferencesBeside(text: string): readonly ReferenceValue[] {
  const value = parsed(text);
  return isBareManifest(value) ? [CONTRAST, PRIVATEMODE].map((dialect) => bareManifest(text, dialect)) : valuesIn(value, text);
}

const valuesIn = (value: JsonValue, text: string): readonly ReferenceValue[] => (isBarePolicy(value) ? [barePolicy(text)] : listed(new JsonView(value, '$', CODE), Array.isArray(value)));

const barePolicy = (text: string): ReferenceValue => ({ dialect: COCOS, role: COCOS_ROLE, kind: 'cocos-policy', values: { policy: [checkedPolicy(text)] }, properties: {}, source: 'imported', note: '' });

function listed(view: JsonView, isList: boolean): readonly ReferenceValue[] {
  const list = isList ? view.items(REFERENCES_KEPT) : [view];
  return list.length === 0 ? refuse('no values') : list.map(readOne);
}

function boundTo(service: FileIsFor | undefined, values: readonly ReferenceValue[]): readonly ReferenceValue[] {
  if (service === undefined) return values;
  return values.map((value) => {
    if (value.dialect !== service.dialect) refuse(`dialect ${value.dialect}, and the service speaks ${service.dialect}`);
    if (value.apiOrigin !== undefined && value.apiOrigin !== service.apiOrigin) refuse(`apiOrigin is ${value.apiOrigin}, not ${service.apiOrigin}`);
    return { ...value, apiOrigin: service.apiOrigin };
  });
}
