/**
 * Loaded before a program by NODE_OPTIONS: writes down, in their order, what it flushes, what it
 * renames and which redirects it answers. Changes nothing of what they do.
 */
import fs from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const log = process.env.CHAOS_FLUSH_LOG;

if (log) {
  const write = (event) => fs.appendFileSync(log, `${JSON.stringify(event)}\n`);
  const { open, rename } = fs.promises;
  const places = new WeakMap();

  const watch = (handle, name) => {
    const original = handle[name].bind(handle);
    handle[name] = async (...args) => {
      const result = await original(...args);
      write({ what: 'sync', path: places.get(handle) });
      return result;
    };
  };

  fs.promises.open = async (place, ...rest) => {
    const handle = await open(place, ...rest);
    places.set(handle, String(place));
    watch(handle, 'sync');
    watch(handle, 'datasync');
    return handle;
  };
  fs.promises.rename = async (from, to) => {
    await rename(from, to);
    write({ what: 'rename', from: String(from), path: String(to) });
  };

  const { writeHead } = http.ServerResponse.prototype;
  http.ServerResponse.prototype.writeHead = function record(status, ...rest) {
    if (status === 303) {
      const headers = rest.find((one) => typeof one === 'object') ?? {};
      write({ what: '303', path: String(headers.location ?? this.getHeader('location') ?? '') });
    }
    return writeHead.call(this, status, ...rest);
  };
  syncBuiltinESMExports();
}
