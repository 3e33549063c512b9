// It runs by itself, after all others, and mostly waits for processes: two files at a time.
import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

export default mergeConfig(shared, { test: { maxWorkers: 2 } });
