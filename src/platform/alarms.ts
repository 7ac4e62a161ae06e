/** Wake-ups that survive the worker. The browser's shortest delay is 30 seconds; earlier times come then. */
import { browser } from './browser';

export function setAlarm(name: string, at: number): void {
  void browser.alarms.create(name, { when: at });
}

/** A repeated wake-up: created where it is missing, since browsers may clear alarms, and left alone where it is there. */
export async function everyHours(name: string, hours: number): Promise<void> {
  if ((await browser.alarms.get(name)) === undefined) await browser.alarms.create(name, { periodInMinutes: hours * 60, delayInMinutes: 30 });
}

export function listenToAlarms(onAlarm: (name: string) => void): void {
  browser.alarms.onAlarm.addListener((alarm) => onAlarm(alarm.name));
}
