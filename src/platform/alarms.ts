/** Wake-ups that survive the worker. The browser's shortest delay is 30 seconds; earlier times come then. */
import { browser } from './browser';

export function setAlarm(name: string, at: number): void {
  void browser.alarms.create(name, { when: at });
}

/** A repeated wake-up; created anew at every start, since browsers may clear alarms. */
export function everyHours(name: string, hours: number): void {
  void browser.alarms.create(name, { periodInMinutes: hours * 60, delayInMinutes: 1 });
}

export function listenToAlarms(onAlarm: (name: string) => void): void {
  browser.alarms.onAlarm.addListener((alarm) => onAlarm(alarm.name));
}
