/** A vTPM's quotes, judged whole. They are the word of whoever holds the attestation key: `ak.binding` says who that is. */
import { weak } from '../../checks/check';
import type { Check } from '../../checks/check';
import { CodedError, asCoded } from '../../checks/error';
import { concatBytes, equalBytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { checkOf, contradiction, restsOn } from '../findings';
import type { Fault } from '../findings';
import { hashById, isWeak } from './algorithms';
import { readQuoteInfo } from './attest';
import type { QuoteInfo } from './attest';
import { eventFact } from './event-names';
import { readEventLog, replay } from './event-log';
import type { EventLog } from './event-log';
import { attributeFault, readPublic } from './public-key';
import type { AkPublic } from './public-key';
import { isSignedByAk, readSignature } from './signature';
import type { QuoteFact, VtpmFacts, VtpmInput, VtpmQuote, VtpmResult } from './types';

const MAX_QUOTES = 8;

/** One quote and what was found about it. */
interface Judged {
  readonly quote: VtpmQuote;
  readonly info?: QuoteInfo;
  /** Why the key may not be said to have made it. */
  readonly signature: readonly Fault[];
  /** Why the values beside it are not what it says. */
  readonly values: readonly Fault[];
}

/** Judges key, every quote, register values and log. Never raises on bad input: it becomes a check. */
export async function checkVtpm(input: VtpmInput): Promise<VtpmResult> {
  const ak = attempt(() => readPublic(input.akPublic));
  const akFaults = ak instanceof CodedError ? [contradiction(ak.code, ak.detail)] : keyFaults(ak);
  const judged: Judged[] = [];
  for (const quote of input.quotes.slice(0, MAX_QUOTES)) judged.push(await judgeQuote(quote, ak instanceof CodedError ? undefined : ak));
  const log = input.eventLog === undefined ? undefined : attempt(() => readEventLog(input.eventLog ?? new Uint8Array()));
  return {
    checks: [
      checkOf('ak', akFaults, ak instanceof CodedError ? '' : `${nameOf(ak)}, restricted signing key`),
      ...judged.flatMap((one, i) => quoteChecks(one, i, akFaults, input.nonce)),
      pcrCheck(judged, akFaults, input),
      ...(log === undefined ? [] : [eventLogCheck(log, judged, akFaults)]),
    ],
    ...(ak instanceof CodedError ? {} : { facts: factsOf(ak, judged, log) }),
  };
}

function attempt<T>(read: () => T): T | CodedError {
  try {
    return read();
  } catch (error) {
    return asCoded(error);
  }
}

function keyFaults(ak: AkPublic): readonly Fault[] {
  const fault = attributeFault(ak);
  return fault === undefined ? [] : [contradiction('AK_ATTRIBUTES', fault)];
}

const nameOf = ({ key }: AkPublic): VtpmFacts['key'] => (key.kind === 'rsa' ? 'RSA' : key.curve);

async function judgeQuote(quote: VtpmQuote, ak: AkPublic | undefined): Promise<Judged> {
  try {
    const info = readQuoteInfo(quote.attest);
    const signature = readSignature(quote.signature);
    const signed = ak === undefined || (await isSignedByAk(ak, signature, quote.attest));
    return { quote, info, signature: signed ? [] : [contradiction('VTPM_QUOTE_SIGNATURE', `${signature.scheme} with ${signature.hash.name}`)], values: valueFaults(quote, info, signature.hash.digest) };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { quote, signature: [contradiction(code, detail)], values: [] };
  }
}

/** The values must be of the quoted bank, exactly the selected registers, and hash to the quoted digest (with the signature's hash, whatever the bank). */
function valueFaults({ hash, pcrs }: VtpmQuote, { bank, selection, pcrDigest }: QuoteInfo, digest: (data: Uint8Array) => Uint8Array): readonly Fault[] {
  if (hash !== bank.id) return [contradiction('PCR_SELECTION', 'bank', { expected: bank.name, actual: hashById(hash)?.name ?? `0x${hash.toString(16)}` })];
  const given = [...pcrs.keys()].sort((a, b) => a - b);
  if (given.join() !== selection.join()) return [contradiction('PCR_SELECTION', `registers of ${bank.name}`, { expected: selection.join(), actual: given.join() })];
  const values = selection.map((index) => pcrs.get(index) ?? new Uint8Array());
  if (values.some((value) => value.length !== bank.bytes)) return [contradiction('PCR_SELECTION', `a ${bank.name} value of another length`)];
  const actual = digest(concatBytes(...values));
  return equalBytes(actual, pcrDigest) ? [] : [contradiction('PCR_DIGEST', bank.name, { expected: toHex(pcrDigest), actual: toHex(actual) })];
}

function quoteChecks({ info, signature }: Judged, index: number, akFaults: readonly Fault[], nonce: Uint8Array | undefined): readonly Check[] {
  const id = `quote[${index}]`;
  const bank = info?.bank.name ?? '';
  return [checkOf(`${id}.signature`, [...signature, ...restsOn(akFaults)], bank), nonceCheck(`${id}.nonce`, info, [...akFaults, ...signature], nonce)];
}

function nonceCheck(id: string, info: QuoteInfo | undefined, authenticity: readonly Fault[], nonce: Uint8Array | undefined): Check {
  const actual = info === undefined ? 'unreadable' : toHex(info.extraData);
  if (nonce === undefined) return authenticity.length > 0 ? checkOf(id, restsOn(authenticity), '') : weak(id, 'NO_REPORT_DATA_EXPECTED', 'no nonce to compare with', { actual });
  const values = { expected: toHex(nonce), actual };
  const differs = info !== undefined && !equalBytes(info.extraData, nonce);
  return checkOf(id, [...(differs ? [contradiction('NONCE_MISMATCH', 'extraData', values)] : []), ...restsOn(authenticity)], `${nonce.length} bytes`, values);
}

/** A quote whose signature and values hold. */
const holds = ({ signature, values, info }: Judged): boolean => info !== undefined && signature.length === 0 && values.length === 0;

/** All values against their quotes, then what is expected against verified values alone. */
function pcrCheck(judged: readonly Judged[], akFaults: readonly Fault[], { quotes, expectedPcrs }: VtpmInput): Check {
  const verified = judged.filter(holds);
  const faults: Fault[] = judged.flatMap(({ values }) => values);
  if (quotes.length === 0 || quotes.length > MAX_QUOTES) faults.push(contradiction('VTPM_QUOTES', `${quotes.length} quotes`));
  // A quote over SHA-1 alone lets a forger choose what was booted.
  else if (judged.every(({ info }) => info !== undefined && isWeak(info.bank))) faults.push(contradiction('VTPM_HASH', 'registers of SHA-1 alone'));
  for (const [bank, registers] of expectedPcrs ?? []) {
    if (registers.size > 0) faults.push(...expectationFaults(bank, registers, verified));
  }
  const broken = judged.flatMap(({ signature }) => signature);
  const compared = [...(expectedPcrs ?? [])].reduce((sum, [, registers]) => sum + registers.size, 0);
  return checkOf('pcr', [...faults, ...restsOn([...akFaults, ...broken])], `${verified.map(({ info }) => info?.bank.name ?? '').join(', ')}; ${compared} compared`);
}

function expectationFaults(bank: string, registers: ReadonlyMap<number, string>, verified: readonly Judged[]): readonly Fault[] {
  const quoted = verified.filter(({ info }) => info?.bank.name === bank);
  if (quoted.length === 0) return [contradiction('PCR_BANK_MISSING', bank)];
  return [...registers].flatMap(([index, expected]) =>
    quoted.flatMap(({ quote }) => {
      const value = quote.pcrs.get(index);
      const actual = value === undefined ? 'not quoted' : toHex(value);
      return actual === expected ? [] : [contradiction('PCR_MISMATCH', `${bank} ${index}`, { expected, actual })];
    }),
  );
}

/** The log must lead to the quoted value of every register it extends, in every verified bank that it has digests for. */
function eventLogCheck(log: EventLog | CodedError, judged: readonly Judged[], akFaults: readonly Fault[]): Check {
  if (log instanceof CodedError) return checkOf('eventlog', [contradiction(log.code, log.detail)], '');
  try {
    const verified = judged.filter(holds);
    const broken = judged.flatMap(({ signature, values }) => [...signature, ...values]);
    if (verified.length === 0) return checkOf('eventlog', restsOn(broken.length > 0 ? broken : [contradiction('VTPM_QUOTES', 'no quote')]), '');
    const faults: Fault[] = [];
    let compared = 0;
    for (const { quote, info } of verified) {
      if (info === undefined || !log.banks.some((bank) => bank.id === info.bank.id)) continue;
      for (const [index, value] of replay(log, info.bank)) {
        const quoted = quote.pcrs.get(index);
        if (quoted === undefined) continue;
        compared += 1;
        if (!equalBytes(quoted, value)) faults.push(contradiction('EVENT_LOG_MISMATCH', `${info.bank.name} ${index}`, { expected: toHex(quoted), actual: toHex(value) }));
      }
    }
    if (compared === 0 && faults.length === 0) faults.push(contradiction('EVENT_LOG_MISMATCH', 'no register in common'));
    const all = faults.map(({ detail }) => detail).join(', ');
    const named = faults.slice(0, 1).map((fault) => ({ ...fault, detail: all }));
    return checkOf('eventlog', [...named, ...restsOn(akFaults)], `${log.events.length} events, ${compared} values`);
  } catch (error) {
    const { code, detail } = asCoded(error);
    return checkOf('eventlog', [contradiction(code, detail)], '');
  }
}

function factsOf(ak: AkPublic, judged: readonly Judged[], log: EventLog | CodedError | undefined): VtpmFacts {
  const quotes = judged.flatMap((one): QuoteFact[] => {
    const { info, quote } = one;
    if (info === undefined) return [];
    const pcrs = Object.fromEntries([...quote.pcrs].map(([index, value]) => [`${index}`, toHex(value)]));
    return [{ bank: info.bank.name, holds: holds(one), pcrs, extraData: toHex(info.extraData), resetCount: info.resetCount, restartCount: info.restartCount }];
  });
  return { key: nameOf(ak), quotes, ...(log === undefined || log instanceof CodedError ? {} : { events: log.events.map(eventFact) }) };
}
