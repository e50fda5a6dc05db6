// A process that takes as long to stop as its argument says, in milliseconds.
import { runProcess } from '../lifecycle.ts';
import { silentLog } from '../log.ts';

runProcess(silentLog, async (lifecycle) => {
  lifecycle.onStop(
    'slow part',
    () =>
      new Promise((done) => {
        setTimeout(() => {
          process.stdout.write('clean\n');
          done();
        }, Number(process.argv[2]));
      }),
  );
  // Stands for the sockets of a real one: without any the process would end by itself.
  setInterval(() => undefined, 60_000);
  process.stdout.write('up\n');
});
