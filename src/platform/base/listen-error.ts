import { OperatorError } from './errors.ts';

export const listenError = (
  error: NodeJS.ErrnoException,
  {
    host,
    port,
    settings,
  }: {
    host: string;
    port: number;
    settings: { host: string; port: string; advice?: string };
  },
): Error => {
  switch (error.code) {
    case 'EADDRINUSE':
      return new OperatorError(
        `Port ${port} on ${host} is taken by another program; set ${settings.port} to a free one${settings.advice ?? ''}`,
        error,
      );
    case 'EACCES':
      return new OperatorError(
        `Port ${port} may not be used by this user; set ${settings.port} above 1023`,
        error,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new OperatorError(`${settings.host} ${host} is not an address of this machine`, error);
    default:
      return error;
  }
};
