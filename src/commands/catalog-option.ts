import { Option } from 'commander';
import { BUNDLED_CATALOG } from '../config.ts';

/** For commands that take no other settings of the catalog. */
export function catalogOption(): Option {
  return new Option('--catalog <folder>', 'folder with the catalog files').default(BUNDLED_CATALOG, 'the bundled one');
}
