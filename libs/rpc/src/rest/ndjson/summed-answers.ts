// One JSON object when all lines are read: for clients that read their answer only after sending everything.
import { isDropped } from '@oncelog/core';
import { answerStatus } from '../outcome-json.ts';
import { lineJson, type LineAnswers, totalsJson } from './line-answers.ts';

/** Lines that were dropped or refused, told one by one; the counters tell of the rest. */
const notStoredMax = 100;

export function createSummedAnswers(): LineAnswers {
  const notStored: ReturnType<typeof lineJson>[] = [];
  return {
    async add(lines) {
      for (const line of lines) {
        if (notStored.length === notStoredMax) return;
        if ('error' in line || isDropped(line.outcome.status)) notStored.push(lineJson(line));
      }
    },
    async end(publisher) {
      const { status } = answerStatus(publisher.summary);
      return { status, json: JSON.stringify({ ...totalsJson(publisher), not_stored: notStored }) };
    },
    fail() {},
  };
}
