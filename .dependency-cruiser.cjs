// Import rules of the house: who may know whom. `npm run lint` enforces them.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'chaincode-stands-alone',
      comment: 'A peer packages the chaincode folder only.',
      severity: 'error',
      from: { path: '^chaincode/src' },
      to: { path: '^(client|network|caliper|test)/' },
    },
    {
      name: 'crypto-and-domain-are-pure',
      comment: 'Randomness and time are parameters; no Fabric, files or network.',
      severity: 'error',
      from: { path: '^chaincode/src/(crypto|domain)/' },
      to: {
        path: '^(node_modules/(fabric-|@hyperledger)|(node:)?(fs|fs/promises|net|http|https|child_process|worker_threads|dgram|tls)$)',
      },
    },
    {
      name: 'crypto-below-domain',
      severity: 'error',
      from: { path: '^chaincode/src/crypto/' },
      to: { path: '^chaincode/src/(domain|ledger|contracts)/' },
    },
    {
      name: 'domain-below-contracts',
      severity: 'error',
      from: { path: '^chaincode/src/domain/' },
      to: { path: '^chaincode/src/(ledger|contracts)/' },
    },
    {
      name: 'contracts-only-for-the-embedded-adapter',
      severity: 'error',
      from: { path: '^client/src', pathNot: '^client/src/ledger/embedded/' },
      to: { path: '^chaincode/(src|dist)/(contracts|index)' },
    },
    {
      name: 'parties-know-only-the-ledger-port',
      severity: 'error',
      from: { path: '^client/src/parties/' },
      to: {
        path: '^(client/src/ledger/(fabric|embedded)|node_modules/(@hyperledger|fabric-|@grpc|classic-level))',
      },
    },
    {
      name: 'no-product-code-imports-tests',
      severity: 'error',
      from: { path: '^(chaincode|client|network|caliper)/src' },
      to: { path: '^test/' },
    },
    {
      name: 'no-product-code-imports-benchmarks',
      severity: 'error',
      from: { path: '^(chaincode|client|network)/src' },
      to: { path: '^(caliper/|node_modules/@hyperledger/caliper)' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
  },
};
