// A sticky proxy as it is commonly done with Node: Express, a cookie with the backend's id, and one http-proxy-middleware
// for each backend, with round robin over those that answer their health check.
//
// Environment: PORT, BACKENDS (URLs with commas between; their ids are 1, 2, ...), HEALTH_INTERVAL (1000 ms).
import http from 'node:http';
import cookieParser from 'cookie-parser';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

const { PORT, BACKENDS, HEALTH_INTERVAL = '1000' } = process.env;
const cookieName = 'X-Backend-ID';

const backends = BACKENDS.split(',').map((url, index) => ({
  id: String(index + 1),
  url,
  healthy: true,
  // The upgrade is given to the chosen one below: with `ws: true`, each of them would take every upgrade.
  proxy: createProxyMiddleware({
    target: url,
    changeOrigin: true,
    on: {
      error: (error, request, response) => {
        if (!response.writeHead) return response.destroy();
        if (!response.headersSent) response.writeHead(502, { 'content-type': 'application/json' });
        response.end('{"error":"Bad gateway — backend did not respond."}');
      },
    },
  }),
}));

let turn = 0;

function choose(id) {
  const sticky = backends.find(backend => backend.id === id);
  if (sticky?.healthy) return sticky;
  const healthy = backends.filter(backend => backend.healthy);
  return healthy[turn++ % healthy.length];
}

async function check(backend) {
  try {
    const answer = await fetch(`${backend.url}/health`, { signal: AbortSignal.timeout(500) });
    await answer.arrayBuffer();
    backend.healthy = answer.ok;
  } catch {
    backend.healthy = false;
  }
}

setInterval(() => backends.forEach(check), Number(HEALTH_INTERVAL));

const app = express();
app.disable('x-powered-by');
app.use(cookieParser());
app.use((request, response, next) => {
  const backend = choose(request.cookies[cookieName]);
  if (!backend) return response.status(503).json({ error: 'No healthy backends available.' });
  response.cookie(cookieName, backend.id, { httpOnly: true });
  response.set('x-backend', backend.url);
  response.set('x-backend-id', backend.id);
  backend.proxy(request, response, next);
});

const server = http.createServer(app);
server.on('upgrade', (request, socket, head) => {
  const id = new RegExp(`(?:^|;\\s*)${cookieName}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1];
  const backend = choose(id);
  if (backend) backend.proxy.upgrade(request, socket, head);
  else socket.destroy();
});
server.listen(Number(PORT), '127.0.0.1');
