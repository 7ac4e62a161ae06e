/** One run of `assay`: from its words to what goes to both outputs and the exit status. Touches no process itself. */
import { CodedError } from '../checks/error';
import type { Arguments } from './arguments';
import { type OptionRules, readArguments, restrictTo } from './arguments';
import { COMMON_OPTIONS, readContext, type Surroundings } from './context';
import { CommandFault, type ExitStatus, usageFault } from './fault';
import { readBytes } from './files';
import { isKind, type Kind, kindOfFile, VERIFIERS, verifierOf } from './kinds';
import { type Paint, prose } from './print';
import { resultOf, statusOf } from './result';
import { usage } from './usage';

export interface Outcome {
  readonly status: ExitStatus;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Shell extends Surroundings {
  readonly version: string;
  readonly paint: Paint;
}

/** Never rejects: a bug of ours is status 70 with its message. */
export async function run(argv: readonly string[], shell: Shell): Promise<Outcome> {
  const json = argv.includes('--json');
  try {
    return await dispatch(argv, shell, json);
  } catch (error) {
    return failure(error, json);
  }
}

async function dispatch(argv: readonly string[], shell: Shell, json: boolean): Promise<Outcome> {
  const [command, ...rest] = argv.filter((word) => word !== '--json');
  if (argv.includes('--help') || argv.includes('-h') || command === 'help') return told(json ? object({ usage: usage() }) : usage());
  if (command === '--version') return told(json ? object({ version: shell.version }) : `assay ${shell.version}\n`);
  if (command === undefined) throw usageFault('no command; assay --help names them');
  if (command !== 'verify') throw usageFault(`unknown command ${command}`);
  const given = readArguments(rest, everyOption());
  const { kind, words } = await kindOf(given);
  const verifier = verifierOf(kind);
  const args = restrictTo({ words, options: given.options }, { ...COMMON_OPTIONS, ...verifier.options }, kind);
  const context = await readContext(args, shell);
  const findings = await verifier.run(args, context);
  const anchors = context.customAnchors.length > 0 ? 'custom' : 'vendor';
  const result = resultOf(findings, { now: context.now, policy: context.policy.name, anchors });
  return { status: statusOf(result.state, context.require), stdout: json ? object(result) : prose(result, findings, shell.paint), stderr: '' };
}

const told = (stdout: string): Outcome => ({ status: 0, stdout, stderr: '' });
const object = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** `verify <kind> …`, or `verify <file> …` by the file's bytes: the options are those of the kind that it turns out to be. */
async function kindOf({ words }: Arguments): Promise<{ readonly kind: Kind; readonly words: readonly string[] }> {
  const [first, ...others] = words;
  if (first === undefined) throw usageFault('verify needs a file or a kind of evidence');
  if (isKind(first)) return { kind: first, words: others };
  if (others[0] !== undefined) throw usageFault(`one word too many: ${others[0]}`);
  const kind = kindOfFile(await readBytes(first));
  if (kind === undefined) throw usageFault(`${first}: no kind of evidence that is known here; name the kind to have it judged as one`, 'KIND_NOT_RECOGNISED');
  return { kind, words };
}

/** The options of all kinds, those of kinds that are not built included: those are recognised too. */
function everyOption(): OptionRules {
  const value = { takesValue: true, repeatable: true } as const;
  const later = Object.fromEntries(['vek', 'ca', 'crl', 'nonce', 'certs', 'rims', 'ocsp', 'cocos-policy', 'manifest', 'secret', 'user-data', 'dialect'].map((name) => [name, value]));
  return Object.assign({ ...COMMON_OPTIONS, ...later, 'single-manifest': { takesValue: false } }, ...Object.values(VERIFIERS).map(({ options }) => options));
}

function failure(error: unknown, json: boolean): Outcome {
  const { status, code, message } = faultOf(error);
  if (json) return { status, stdout: object({ error: { code, message } }), stderr: '' };
  return { status, stdout: '', stderr: `assay: ${message} (${code})\n` };
}

function faultOf(error: unknown): { readonly status: ExitStatus; readonly code: string; readonly message: string } {
  if (error instanceof CommandFault) return { status: error.status, code: error.code, message: error.message };
  // A coded error is a finding about evidence; one that no verifier caught is a bug like any other.
  if (error instanceof CodedError) return { status: 70, code: 'INTERNAL', message: error.message };
  return { status: 70, code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}
