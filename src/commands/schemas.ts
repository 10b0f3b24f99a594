/** `triage schemas`: the contracts of what comes in and goes out. */
import type { Command } from 'commander';
import { addSchemasCheck } from './schemas-check.ts';
import { addSchemasRegister } from './schemas-register.ts';
import { addSchemasShow } from './schemas-show.ts';

export function addSchemasCommands(program: Command): void {
  const schemas = program
    .command('schemas')
    .description('Show, check and register the schemas of connector events, resolution events and dead letters.');
  addSchemasShow(schemas);
  addSchemasCheck(schemas);
  addSchemasRegister(schemas);
}
