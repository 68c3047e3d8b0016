// The job of ActorBalancer's POST /task in mode sync as it is commonly done with Node: Express takes the task, BullMQ
// queues it on Redis, a BullMQ worker sends it to the worker with axios, and QueueEvents wakes the waiting request.
//
// Environment: PORT, REDIS_PORT, LB_AUTH_KEY, WORKER_URL. CONCURRENCY (1000): tasks that the worker runs at once.
// ROLE: `api` or `worker` runs half of it, for two processes; empty runs both halves in one.
import http from 'node:http';
import axios from 'axios';
import { Queue, QueueEvents, Worker } from 'bullmq';
import express from 'express';

const { PORT, REDIS_PORT, LB_AUTH_KEY, WORKER_URL, CONCURRENCY = '1000', ROLE = '' } = process.env;
const connection = { host: '127.0.0.1', port: Number(REDIS_PORT), maxRetriesPerRequest: null };

if (ROLE !== 'api') {
  const worker = axios.create({
    baseURL: WORKER_URL,
    httpAgent: new http.Agent({ keepAlive: true, maxSockets: 1000 }),
    // The worker's JSON is passed on as text: parsing it and writing it again would only cost the peer time.
    transformResponse: text => text,
    // A 4xx is the request's own fault and is not tried again.
    validateStatus: status => status < 500,
  });
  new Worker('tasks', async job => {
    const answer = await worker.post('/task', job.data.body, {
      headers: { authorization: job.data.key, 'x-lb-auth': LB_AUTH_KEY, 'content-type': 'application/json' },
    });
    return { status: answer.status, body: answer.data };
  }, { connection, concurrency: Number(CONCURRENCY) });
}

if (ROLE !== 'worker') {
  const queue = new Queue('tasks', {
    connection,
    defaultJobOptions: {
      attempts: 3,
      backoff: { type: 'exponential', delay: 200 },
      // Removed at once, a job could be gone before its waiter looks; a thousand are more than ever wait.
      removeOnComplete: { count: 1000 },
      removeOnFail: { count: 1000 },
    },
  });
  const events = new QueueEvents('tasks', { connection });
  // Each waiting request listens; the warnings about that would cost the peer time.
  queue.setMaxListeners(0);
  events.setMaxListeners(0);
  await events.waitUntilReady();

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.post('/task', express.text({ type: 'application/json', limit: '10mb' }), async (request, response) => {
    if (request.get('authorization')?.replace(/^Bearer /, '') !== LB_AUTH_KEY)
      return response.status(401).json({ error: 'Unauthorized' });
    const { group, function: name, contract, priority = 1 } = JSON.parse(request.body);
    if (!group || !name || !contract)
      return response.status(400).json({ error: 'group, function and contract are required' });
    // BullMQ runs jobs without a priority first, and faster than those with one: that is our priority 1.
    const job = await queue.add(name, { body: request.body, key: request.get('x-wr-auth') },
      priority > 1 ? { priority } : undefined);
    const { status, body } = await job.waitUntilFinished(events, 30_000);
    return response.status(status).type('application/json').send(body);
  });
  app.listen(Number(PORT), '127.0.0.1');
}
