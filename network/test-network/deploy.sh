#!/bin/sh
# Deploys Gridveil to the running test-network of a fabric-samples checkout and writes the file clients connect with.
# Usage: deploy.sh FABRIC_SAMPLES [javascript|ccaas] [CONNECTION_FILE]
set -eu

if [ $# -lt 1 ] || [ ! -x "$1/test-network/network.sh" ]; then
  echo "Usage: $0 FABRIC_SAMPLES [javascript|ccaas] [CONNECTION_FILE]" >&2
  echo "FABRIC_SAMPLES must hold test-network/network.sh, with the network and its channel up." >&2
  exit 2
fi
samples=$(cd "$1" && pwd)
how=${2:-javascript}
connection=${3:-$PWD/connection.json}
repository=$(cd "$(dirname "$0")/../.." && pwd)

cd "$repository"
npm run -s stage
cd "$samples/test-network"
case $how in
  javascript) ./network.sh deployCC -ccn gridveil -ccp "$repository/build/chaincode" -ccl javascript ;;
  ccaas) ./network.sh deployCCAAS -ccn gridveil -ccp "$repository/build/chaincode" ;;
  *)
    echo "Unknown way to deploy \"$how\": use javascript or ccaas." >&2
    exit 2
    ;;
esac
cd "$repository"
node network/bin/network.js connection --test-network "$samples/test-network" > "$connection"
echo "Clients connect with $connection"
