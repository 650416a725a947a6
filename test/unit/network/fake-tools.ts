/** Stand-ins for Fabric's programs and for Go: tiny scripts that answer what the launcher asks. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAMS } from '@gridveil/network/fabric/fabric-tools.js';

export function writeScript(file: string, body: string): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
}

/** A folder like an unpacked Fabric release. @returns its bin folder. */
export function fakeRelease(folder: string, version: string): string {
  const bin = join(folder, 'bin');
  PROGRAMS.forEach((name) => writeScript(join(bin, name), 'exit 1'));
  writeScript(join(bin, 'peer'), `[ "$1" = version ] && printf 'peer:\\n Version: ${version}\\n'`);
  mkdirSync(join(folder, 'config'), { recursive: true });
  for (const name of ['core.yaml', 'orderer.yaml']) writeFileSync(join(folder, 'config', name), '');
  return bin;
}

/** A PATH with a `go` of that body and with the few programs its body may use. @returns the PATH. */
export function pathWithGo(folder: string, body: string): string {
  writeScript(join(folder, 'go'), body);
  return `${folder}:/usr/bin:/bin`;
}

/** A `go` that "builds" empty programs, slowly, and counts its builds in `folder/builds`. */
export function buildingGo(folder: string): string {
  mkdirSync(join(folder, 'module', 'sampleconfig'), { recursive: true });
  for (const name of ['core.yaml', 'orderer.yaml'])
    writeFileSync(join(folder, 'module', 'sampleconfig', name), '');
  return `case "$1" in
  version) echo "go version go1.24.2 linux/amd64" ;;
  build)
    echo x >> "${folder}/builds"
    sleep 0.3
    while [ "$1" != -o ]; do shift; done
    for name in ${PROGRAMS.join(' ')}; do printf '#!/bin/sh\\n' > "$2/$name"; chmod 755 "$2/$name"; done ;;
  mod) echo '{"Dir": "${folder}/module"}' ;;
esac`;
}
