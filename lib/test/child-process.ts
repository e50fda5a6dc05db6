// A process that takes as long to stop as its argument says, in milliseconds, and tells when it is done. With the word
// `log` in its place it stops at once and tells by its log.
import { runProcess } from '../lifecycle.ts';
import { createLog, silentLog } from '../log.ts';

const word = process.argv[2];
runProcess(word === 'log' ? createLog('child') : silentLog, async (lifecycle) => {
  if (word !== 'log') {
    lifecycle.onStop(
      'slow part',
      () =>
        new Promise((done) => {
          setTimeout(() => {
            process.stdout.write('clean\n');
            done();
          }, Number(word));
        }),
    );
  }
  // Stands for the sockets of a real one: without any the process would end by itself.
  setInterval(() => undefined, 60_000);
  process.stdout.write('up\n');
});
