// A database in a process of its own, for tests that look at what it does to the disk: says when a commit begins and
// when it has returned.
import { writeSync } from 'node:fs';
import { silentLog } from '@kuzet/lib/log.ts';
import { openPgliteDatabase } from '../store/pglite-database.ts';

const [folder] = process.argv.slice(2) as [string];
const database = await openPgliteDatabase({ folder, log: silentLog });
await database.query('create table kept (n integer)');
writeSync(1, 'begin\n');
await database.transaction((tx) => tx.query('insert into kept values (1)'));
writeSync(1, 'returned\n');
await database.close();
