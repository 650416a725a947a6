/** What every process and every tool gets of the caller's environment: nothing else leaks in. */
export function baseEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'] };
}
