import { usageFault } from './fault';

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
/** The last time a JavaScript date can hold, in seconds. */
const LAST_SECOND = 8_640_000_000_000;

/** `--at`: RFC 3339 with a zone, or whole unix seconds. Ms since the epoch; anything else is a usage fault. */
export function readTime(text: string): number {
  if (/^\d{1,13}$/.test(text) && Number(text) <= LAST_SECOND) return Number(text) * 1000;
  const parts = RFC3339.exec(text);
  if (parts === null) throw usageFault(`--at ${text}: neither RFC 3339 (2026-11-22T12:00:00Z) nor unix seconds`);
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
  const local = new Date(0);
  local.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day ?? 0);
  local.setUTCHours(hour ?? 0, minute ?? 0, second ?? 0);
  // A date that does not exist (30 February) would be moved silently.
  const same = local.toISOString().slice(0, 19) === `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}`;
  if (!same) throw usageFault(`--at ${text}: no such time`);
  const fraction = Math.floor(Number(parts[7] ?? 0) * 1000);
  return local.getTime() + fraction - zoneOffset(parts[8] ?? 'Z', text);
}

function zoneOffset(zone: string, text: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number);
  if (hours > 23 || minutes > 59) throw usageFault(`--at ${text}: no such zone`);
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
