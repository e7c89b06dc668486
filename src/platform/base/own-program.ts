import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface OwnProgram {
  execArgv: string[];
  file: string;
}

const isBuilt = (moduleUrl: string): boolean => moduleUrl.endsWith('.js');

/** The program `name` beside the module: TypeScript, or what `npm run build` made of it. */
export const ownProgram = (name: string, moduleUrl: string): OwnProgram => ({
  execArgv: isBuilt(moduleUrl)
    ? []
    : ['--import', pathToFileURL(createRequire(moduleUrl).resolve('tsx')).href],
  file: fileURLToPath(new URL(`${name}${isBuilt(moduleUrl) ? '.js' : '.ts'}`, moduleUrl)),
});
