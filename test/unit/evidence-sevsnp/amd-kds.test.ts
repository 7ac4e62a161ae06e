import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import type { ByteStore, Getter } from '../../../src/checks/getter';
import { amdKds } from '../../../src/collateral/amd-kds';
import type { SnpCollateralSource } from '../../../src/collateral/amd-kds';
import { chainUrl, crlUrl, vcekUrl } from '../../../src/collateral/amd-kds/urls';
import { utf8Bytes } from '../../../src/encoding/bytes';
import { toPem } from '../../../src/encoding/pem';
import { toHex } from '../../../src/encoding/hex';
import { checkSnp } from '../../../src/evidence/sevsnp';
import { parseReport } from '../../../src/evidence/sevsnp/report';
import { stateOf } from '../../../src/verdict/state';
import { CHIP, NOW, anchor, ark, ask, askCertificate, certificate, crl, ecKeys, input, report, vekCertificate, vekExtensions } from './lab';

type Answer = Uint8Array | number | 'down' | { readonly status: number; readonly retryAfter: string };

/** AMD's service with changeable answers by path, and everything it was asked. */
function lab(answers: Record<string, Answer>) {
  const asked: string[] = [];
  const kept = new Map<string, Uint8Array>();
  const store: ByteStore = { get: (key) => Promise.resolve(kept.get(key)), put: (key, value) => Promise.resolve(void kept.set(key, value)) };
  const clock = { now: NOW };
  const get: Getter = async (url) => {
    asked.push(url.replace('https://kdsintf.amd.com', ''));
    await Promise.resolve();
    const answer = Object.entries(answers).find(([path]) => url.includes(path))?.[1] ?? 404;
    if (answer === 'down') throw new CodedError('NETWORK_UNREACHABLE', 'kdsintf.amd.com');
    if (answer instanceof Uint8Array) return { status: 200, header: () => undefined, body: answer };
    if (typeof answer === 'number') return { status: answer, header: () => undefined, body: new Uint8Array() };
    return { status: answer.status, header: (name) => (name.toLowerCase() === 'retry-after' ? answer.retryAfter : undefined), body: new Uint8Array() };
  };
  const restart = (): SnpCollateralSource => amdKds({ get, store, now: () => clock.now }, [anchor]);
  return { asked, kept, clock, answers, restart, source: restart() };
}

const list = crl({ by: ark, number: 5 });
const chainPem = utf8Bytes(toPem(askCertificate));
const good = (): Record<string, Answer> => ({ '/vcek/v1/Genoa/crl': list, '/vcek/v1/Genoa/cert_chain': chainPem, [`/vcek/v1/Genoa/${toHex(CHIP)}`]: vekCertificate });

describe('addresses', () => {
  it('are those of AMD’s service', () => {
    expect(vcekUrl('Genoa', parseReport(report()))).toBe(`https://kdsintf.amd.com/vcek/v1/Genoa/${toHex(CHIP)}?blSPL=10&teeSPL=0&snpSPL=23&ucodeSPL=84`);
    const turin = parseReport(
      report((bytes) => {
        bytes.set([0x1a, 0x02], 0x188);
        bytes.fill(0, 0x1a8, 0x1e0);
        bytes.set([1, 2, 3, 4, 0, 0, 0, 81], 0x180);
      }),
    );
    expect(vcekUrl('Turin', turin)).toBe('https://kdsintf.amd.com/vcek/v1/Turin/0102030405060708?fmcSPL=1&blSPL=2&teeSPL=3&snpSPL=4&ucodeSPL=81');
    expect(crlUrl('Milan', 'VLEK')).toBe('https://kdsintf.amd.com/vlek/v1/Milan/crl');
    expect(chainUrl('Turin', 'VCEK')).toBe('https://kdsintf.amd.com/vcek/v1/Turin/cert_chain');
  });
});

describe('the key’s certificate', () => {
  it('is fetched, verified and then kept', async () => {
    const { source, asked, restart } = lab(good());
    const first = await source(report(), {});
    expect(stateOf((await checkSnp({ ...input(), ...first })).checks)).toBe('verified');
    expect(asked.map((path) => path.split('?')[0]?.split('/').pop())).toEqual([toHex(CHIP), 'cert_chain', 'crl']);
    const again = await restart()(report(), { intermediates: [askCertificate] });
    expect(again.endorsements.vek).toBeDefined();
  });

  it('is not asked for when the provider sent one', async () => {
    const { source, asked } = lab(good());
    const { endorsements, vekProblem } = await source(report(), { vek: vekCertificate, intermediates: [askCertificate] });
    expect(vekProblem).toBeUndefined();
    expect(endorsements).toEqual({ vek: vekCertificate, intermediates: [askCertificate], crls: [list] });
    expect(asked).toEqual(['/vcek/v1/Genoa/crl']);
  });

  it.each([
    ['AMD knows none', { '/vcek': 404 }, 'VEK_MISSING'],
    ['AMD cannot be reached', { '/vcek': 'down' }, 'NETWORK_UNREACHABLE'],
    ['AMD has a fault', { '/vcek': 503 }, 'COLLATERAL_UNREACHABLE'],
    ['the answer is a portal’s page', { '/vcek': utf8Bytes('<html>') }, 'COLLATERAL_UNREACHABLE'],
    ['the answer is another chip’s certificate', { '/vcek': certificate({ subject: 'SEV-VCEK', issuer: 'SEV-Genoa', keys: ecKeys(), by: ask, extensions: vekExtensions({ hwId: CHIP.with(0, 9) }) }) }, 'COLLATERAL_UNREACHABLE'],
  ] as const)('leaves the question open when %s', async (_, answers, code) => {
    const collateral = await lab({ ...answers }).source(report(), {});
    expect(collateral.vekProblem?.code).toBe(code);
    const { checks } = await checkSnp({ ...input(), ...collateral });
    expect(checks.find((check) => check.id === 'vek.chain')).toMatchObject({ outcome: 'unknown', code });
    expect(stateOf(checks)).toBe('incomplete');
  });

  it('of a provider’s key, or of a masked chip, cannot be asked for', async () => {
    const { source, asked } = lab(good());
    for (const bytes of [report((b) => b.set([4], 0x48)), report((b) => b.fill(0, 0x1a0, 0x1e0)), report((b) => b.set([2], 0x48))]) {
      expect((await source(bytes, {})).vekProblem?.code).toBe('VEK_MISSING');
    }
    expect(asked).toEqual([]);
  });

  it('is asked for in both older lines when the report names no processor', async () => {
    const { source, asked } = lab(good());
    const { vekProblem } = await source(report((bytes) => bytes.set([2], 0) ?? bytes.fill(0, 0x188, 0x18b)), {});
    expect(vekProblem).toBeUndefined();
    expect(asked.slice(0, 2).map((path) => path.split('/')[3])).toEqual(['Milan', 'Genoa']);
  });

  it('is asked for once by many at the same time', async () => {
    const { source, asked } = lab(good());
    await Promise.all([source(report(), {}), source(report(), {}), source(report(), {})]);
    expect(asked).toHaveLength(3);
  });
});

describe('a 429', () => {
  it('is honoured as long as AMD asks, across restarts, and then forgotten', async () => {
    const { source, asked, clock, answers, restart } = lab({ ...good(), '/vcek': { status: 429, retryAfter: '60' } });
    answers['/vcek/v1/Genoa/crl'] = { status: 429, retryAfter: '60' };
    answers[`/vcek/v1/Genoa/${toHex(CHIP)}`] = { status: 429, retryAfter: '60' };
    expect((await source(report(), {})).vekProblem?.code).toBe('RATE_LIMITED');
    clock.now += 59_000;
    expect((await restart()(report(), {})).vekProblem?.code).toBe('RATE_LIMITED');
    expect(asked).toHaveLength(1);
    Object.assign(answers, good());
    clock.now += 2_000;
    expect((await restart()(report(), {})).vekProblem).toBeUndefined();
  });

  it('without a time doubles the pause', async () => {
    const { source, asked, clock } = lab({ '/': 429 });
    await source(report(), {});
    clock.now += 31_000;
    await source(report(), {});
    expect(asked).toHaveLength(2);
    clock.now += 31_000;
    await source(report(), {});
    expect(asked).toHaveLength(2);
    clock.now += 30_000;
    await source(report(), {});
    expect(asked).toHaveLength(3);
  });
});

describe('revocation lists', () => {
  const sent = { vek: vekCertificate, intermediates: [askCertificate] };

  it('are asked for once a day', async () => {
    const { source, asked, clock } = lab(good());
    await source(report(), sent);
    clock.now += 23 * 3_600_000;
    await source(report(), sent);
    expect(asked).toHaveLength(1);
    clock.now += 2 * 3_600_000;
    await source(report(), sent);
    expect(asked).toHaveLength(2);
  });

  it('never go back to an older one', async () => {
    const { source, clock, answers } = lab(good());
    await source(report(), sent);
    answers['/vcek/v1/Genoa/crl'] = crl({ by: ark, number: 4 });
    clock.now += 25 * 3_600_000;
    expect((await source(report(), sent)).endorsements.crls).toEqual([list]);
    clock.now += 366 * 86_400_000;
    const late = await source(report(), sent);
    expect(late.crlProblem?.code).toBe('COLLATERAL_ROLLED_BACK');
    expect(late.endorsements.crls).toEqual([]);
    answers['/vcek/v1/Genoa/crl'] = crl({ by: ark, number: 6, nextUpdate: clock.now + 86_400_000 });
    expect((await source(report(), sent)).crlProblem).toBeUndefined();
  });

  it.each([['down', 'NETWORK_UNREACHABLE'], [429, 'RATE_LIMITED'], [500, 'COLLATERAL_UNREACHABLE'], [404, 'COLLATERAL_UNREACHABLE']] as const)('that cannot be had (%s) leave the question open, and the stored one serves while in date', async (answer, code) => {
    const { source, clock, answers } = lab({ ...good(), '/vcek/v1/Genoa/crl': answer });
    const collateral = await source(report(), sent);
    expect(collateral.crlProblem?.code).toBe(code);
    const { checks } = await checkSnp({ ...input(), ...collateral });
    expect(checks.find((check) => check.id === 'vek.revocation')).toMatchObject({ outcome: 'unknown', code, required: true });
    answers['/vcek/v1/Genoa/crl'] = list;
    clock.now += 3_600_000;
    expect((await source(report(), sent)).crlProblem).toBeUndefined();
    answers['/vcek/v1/Genoa/crl'] = answer;
    clock.now += 25 * 3_600_000;
    expect((await source(report(), sent)).endorsements.crls).toEqual([list]);
  });

  it('signed by another are not believed and not kept', async () => {
    const { source, kept } = lab({ ...good(), '/vcek/v1/Genoa/crl': crl({ by: ask }) });
    expect((await source(report(), sent)).crlProblem?.code).toBe('COLLATERAL_UNREACHABLE');
    expect([...kept.keys()]).toEqual([]);
  });

  it('that a store was made to hold are verified again', async () => {
    const { source, kept } = lab(good());
    await source(report(), sent);
    for (const key of kept.keys()) if (!key.endsWith('/asked')) kept.set(key, crl({ by: ask, number: 99 }));
    expect((await source(report(), sent)).endorsements.crls).toEqual([list]);
  });
});
