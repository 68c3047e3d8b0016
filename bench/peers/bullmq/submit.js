// How fast BullMQ takes in single jobs: CONNECTIONS queues on a Redis connection each add one job after another for
// SECONDS seconds. Nothing works on them. Prints one line: RESULT, jobs/s, p50 and p99 of an add in microseconds.
//
// Environment: REDIS_PORT, CONNECTIONS, SECONDS.
import { Queue } from 'bullmq';

const { REDIS_PORT, CONNECTIONS = '32', SECONDS = '5' } = process.env;
const body = '{"group":"bench","function":"hello","contract":1,"input":{"name":"bench"},"mode":"async"}';
const queues = Array.from({ length: Number(CONNECTIONS) }, () => new Queue('submit', {
  connection: { host: '127.0.0.1', port: Number(REDIS_PORT) },
}));
await Promise.all(queues.map(queue => queue.waitUntilReady()));

async function run(seconds) {
  const waits = [];
  const start = process.hrtime.bigint();
  const end = start + BigInt(Math.round(seconds * 1e9));
  await Promise.all(queues.map(async queue => {
    for (let now = process.hrtime.bigint(); now < end;) {
      await queue.add('hello', { body, key: 'bench-worker-key' });
      const then = process.hrtime.bigint();
      waits.push(Number(then - now) / 1000);
      now = then;
    }
  }));
  return { waits, elapsed: Number(process.hrtime.bigint() - start) / 1e9 };
}

await run(Math.min(2, Number(SECONDS)));
const { waits, elapsed } = await run(Number(SECONDS));
waits.sort((a, b) => a - b);
const at = share => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))].toFixed(0);
console.log(`RESULT\t${(waits.length / elapsed).toFixed(1)}\t${at(0.5)}\t${at(0.99)}`);
await Promise.all(queues.map(queue => queue.close()));
