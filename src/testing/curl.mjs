/**
 * As much of curl as the examples of the documents use, so that they run where there is none:
 * `--fail-with-body -H HEADER --data TEXT -F NAME=VALUE --output FILE URL`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'fail-with-body': { type: 'boolean', default: false },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    form: { type: 'string', short: 'F', multiple: true, default: [] },
    data: { type: 'string' },
    output: { type: 'string' },
  },
});

const form = async () => {
  const data = new FormData();
  for (const field of values.form) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(field);
    if (!value.startsWith('@')) data.set(name, value);
    else {
      const [path, fileName] = value.slice(1).split(';filename=');
      data.set(name, new File([await readFile(path)], fileName));
    }
  }
  return data;
};

const body = values.form.length > 0 ? await form() : values.data;
const response = await fetch(positionals[0], {
  method: body === undefined ? 'GET' : 'POST',
  headers: values.header.map((header) => /^([^:]+): *(.*)$/.exec(header).slice(1)),
  ...(body !== undefined && { body }),
});
const bytes = Buffer.from(await response.arrayBuffer());
if (values.output !== undefined) await writeFile(values.output, bytes);
else process.stdout.write(bytes);
if (values['fail-with-body'] && !response.ok) process.exitCode = 22;
