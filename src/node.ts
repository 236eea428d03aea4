/** `blindflag/node`: what needs Node: reading an institution's data from files. */
export { type CsvSourceOptions, csvSource } from './data/csv-source.ts';
export { readAmlsim } from './data/amlsim.ts';
