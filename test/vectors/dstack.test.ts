/** dstack machines recorded by others: every log replays as its PROVENANCE says, and nothing bent does. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkDstack, composeHashOf, type DstackInput } from '../../src/evidence/dstack';
import { extend } from '../../src/evidence/dstack/replay';
import { fromHex, toHex } from '../../src/encoding/hex';
import { parseJson } from '../../src/encoding/json';
import { parseQuote } from '../../src/evidence/tdx';
import type { TdReport } from '../../src/evidence/tdx/report';
import { vector, vectorsPresent } from './shared';

const folder = 'ionet-and-relatives';
const text = (name: string): string => readFileSync(vector(`${folder}/${name}`), 'utf8');

function tdOf(quoteHex: string): TdReport {
  const { body } = parseQuote(fromHex(quoteHex));
  if (body.kind === 'SGX') throw new Error('a TDX quote is expected');
  return body;
}

interface Event {
  imr: number;
  event_type: number;
  digest: string;
  event: string;
  event_payload: string;
}

interface Recorded {
  readonly input: DstackInput;
  /** The log as values, to be bent. */
  readonly events: Event[];
}

function recorded(name: string): Recorded {
  const json: { quote: string; event_log: string } = JSON.parse(text(name));
  const { rtmr, mrConfigId } = tdOf(json.quote);
  const events: Event[] = JSON.parse(json.event_log);
  return { input: { rtmr, mrConfigId, eventLog: json.event_log, logPromised: true }, events };
}

const judged = (input: DstackInput): Record<string, string> => Object.fromEntries(checkDstack(input).checks.map(({ id, outcome, code }) => [id, code === undefined ? outcome : `${outcome} ${code}`]));

/** The same machine with its log bent. */
const withEvents = ({ input, events }: Recorded, bend: (events: Event[]) => Event[]): DstackInput => ({ ...input, eventLog: JSON.stringify(bend(structuredClone(events))) });

describe.skipIf(!vectorsPresent)('recorded logs', () => {
  const names = ['dstack/quote-report.json', 'dstack/rtmr3-example-report.json', 'dstack/tdx-lite-getquote.json', 'dstack-vllm-proxy/SAMPLE_DSTACK_QUOTE.json'];

  it.each(names)('%s replays all four registers', (name) => {
    expect(judged(recorded(name).input)).toMatchObject({ eventlog: 'pass', 'eventlog.order': 'pass', compose: 'pass' });
  });

  it('a list in place of its text reads the same', () => {
    const { input, events } = recorded('dstack/quote-report.json');
    expect(judged({ ...input, eventLog: parseJson(JSON.stringify(events)) })).toEqual(judged(input));
  });

  it('MRCONFIGID: zero is no match, version 1 is', () => {
    expect(judged(recorded('dstack/quote-report.json').input)['compose.config']).toBe('unknown MR_CONFIG_NOT_SET');
    expect(judged(recorded('dstack/tdx-lite-getquote.json').input)['compose.config']).toBe('pass');
  });

  it.each(names)('%s: no payload, name or order of register 3 can be changed, with or without digests beside it', (name) => {
    const machine = recorded(name);
    const own = machine.events.flatMap(({ imr }, i) => (imr === 3 ? [i] : []));
    for (const at of own) {
      for (const digests of [(e: Event) => e.digest, () => '']) {
        const blank = (events: Event[]) => events.map((e) => (e.imr === 3 ? { ...e, digest: digests(e) } : e));
        const bent = (change: Partial<Event>) => judged(withEvents(machine, (events) => blank(events).map((e, i) => (i === at ? { ...e, ...change } : e))))['eventlog'];
        expect(bent({ event_payload: `${machine.events[at]?.event_payload ?? ''}00` })).toBe('fail EVENT_LOG_MISMATCH');
        expect(bent({ event: `${machine.events[at]?.event ?? ''}x` })).toBe('fail EVENT_LOG_MISMATCH');
        expect(judged(withEvents(machine, (events) => blank(events).filter((_, i) => i !== at)))['eventlog']).toBe('fail EVENT_LOG_MISMATCH');
      }
    }
  });

  it('a digest of registers 0 to 2 that is bent is found', () => {
    const machine = recorded('dstack/quote-report.json');
    for (const register of [0, 1, 2]) {
      const input = withEvents(machine, (events) => {
        const event = events.find(({ imr }) => imr === register);
        if (event !== undefined) event.digest = `00${event.digest.slice(2)}`;
        return events;
      });
      expect(checkDstack(input).checks[0]).toMatchObject({ outcome: 'fail', code: 'EVENT_LOG_MISMATCH', detail: `RTMR${register}` });
    }
  });

  it('a true prefix shown as events of another type, so that the application’s own could pass for the system’s, is refused', () => {
    const machine = recorded('dstack-vllm-proxy/SAMPLE_DSTACK_QUOTE.json');
    const input = withEvents(machine, (events) => events.map((e) => (e.imr === 3 ? { ...e, event_type: 4 } : e)));
    expect(judged(input)).toMatchObject({ 'eventlog.order': 'fail EVENT_LOG_ORDER', compose: 'unknown COMPOSE_NOT_MEASURED' });
  });
});

describe.skipIf(!vectorsPresent)('the compose fixture', () => {
  const info: { compose_hash: string; tcb_info: { app_compose: string; compose_hash: string } } = vectorsPresent ? JSON.parse(text('dstack-vllm-proxy/SAMPLE_DSTACK_INFO.json')) : {};
  const machine = (): DstackInput => ({ ...recorded('dstack-vllm-proxy/SAMPLE_DSTACK_QUOTE.json').input, appCompose: info.tcb_info.app_compose, statedHashes: [info.compose_hash, info.tcb_info.compose_hash] });

  it('binds four ways: the text, the event in register 3, what the report states, MRCONFIGID', () => {
    const { facts } = checkDstack(machine());
    expect(facts.composeHash).toBe('62dd36d22b7d704aaa4d598226801ed4e6a3bfd17dde762b2efd9876768be800');
    expect(composeHashOf(info.tcb_info.app_compose)).toBe(facts.composeHash);
    expect(facts.boot).toMatchObject({ composeHash: facts.composeHash, appId: 'ab84a54bdaf082be00ea40e8e37bdeb5c15c58de', keyProvider: { name: 'kms' } });
    expect(judged(machine())).toEqual({ eventlog: 'pass', 'eventlog.order': 'pass', compose: 'pass', 'compose.config': 'pass', 'compose.images': 'weak IMAGE_NOT_PINNED' });
  });

  it('and fails in each of them', () => {
    expect(judged({ ...machine(), appCompose: `${info.tcb_info.app_compose} ` })).toMatchObject({ compose: 'fail COMPOSE_MISMATCH' });
    expect(judged({ ...machine(), appCompose: info.tcb_info.app_compose.replace('nginx:alpine', 'nginx:latest') })).toMatchObject({ compose: 'fail COMPOSE_MISMATCH' });
    expect(judged({ ...machine(), statedHashes: ['00'.repeat(32)] })).toMatchObject({ compose: 'fail COMPOSE_MISMATCH' });
    const config = new Uint8Array(machine().mrConfigId);
    config[5] = (config[5] ?? 0) ^ 1;
    expect(judged({ ...machine(), mrConfigId: config })).toMatchObject({ 'compose.config': 'fail MR_CONFIG_MISMATCH' });
  });

  it('without a log is still tied by version 1 of MRCONFIGID, and a log that was promised is missed', () => {
    const { eventLog: _, ...rest } = machine();
    expect(judged(rest)).toMatchObject({ eventlog: 'fail EVENT_LOG_NOT_GIVEN', compose: 'pass' });
    expect(judged({ ...rest, logPromised: false })).toMatchObject({ eventlog: 'absent EVENT_LOG_NOT_GIVEN', compose: 'pass' });
    expect(judged({ ...rest, appCompose: '{}' })).toMatchObject({ compose: 'fail COMPOSE_MISMATCH' });
  });

  it('names its images, and that neither is named by its content', () => {
    expect(checkDstack(machine()).facts.images).toEqual({
      kind: 'read',
      images: [{ service: 'aio-sandbox', image: 'ghcr.io/agent-infra/sandbox:v1' }, { service: 'nginx-auth', image: 'nginx:alpine' }],
    });
  });
});

describe.skipIf(!vectorsPresent)('SecretVM’s raw form of register 3', () => {
  it('is the compose text and the root file system, nothing else', () => {
    const compose = readFileSync(vector(`${folder}/secretvm/tdx_cpu_docker_check_compose.yaml`));
    const { rtmr } = tdOf(text('secretvm/tdx_cpu_docker_check_quote.txt').trim());
    const rows = text('secretvm/artifacts_tdx.csv').trim().split('\n').map((line) => line.split(','));
    const row = rows.filter(([size, kind, version]) => size === 'small' && kind === 'prod' && version === 'v0.0.25');
    const replayed = (bytes: Uint8Array): readonly string[] => row.map((cells) => toHex(extend([fromHex(composeHashOf(Buffer.from(bytes).toString('utf8'))), fromHex(cells[7] ?? '')])));
    expect(replayed(compose)).toContain(toHex(rtmr[3]));
    expect(replayed(Buffer.concat([compose, Buffer.from('\n')]))).not.toContain(toHex(rtmr[3]));
  });
});
