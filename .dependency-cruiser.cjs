const feature = '^server/(ingest|incidents|dispatch|live|media|http|store|auth|inventory|evidence)/';

/** The import rules of docs/architecture.md, as data. */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'contracts-stand-alone',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { path: '^(lib|server|edge-agent|wall-client|simulators|bench|scripts)/' },
    },
    {
      name: 'contracts-do-no-io',
      severity: 'error',
      from: { path: '^contracts/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'lib-imports-contracts-only',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(server|edge-agent|wall-client|simulators|bench|scripts)/' },
    },
    {
      name: 'processes-do-not-import-each-other',
      severity: 'error',
      from: { path: '^(server|edge-agent|wall-client|simulators)/', pathNot: '/test/' },
      to: { path: '^(server|edge-agent|wall-client|simulators|bench|scripts)/', pathNot: '^$1/' },
    },
    {
      name: 'pages-import-contracts-only',
      severity: 'error',
      from: { path: '^wall-client/', pathNot: '/test/' },
      to: { path: '^lib/' },
    },
    {
      name: 'nothing-imports-bench',
      severity: 'error',
      from: { pathNot: '^bench/' },
      to: { path: '^bench/' },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^server/domain/', pathNot: '\\.test\\.ts$' },
      to: { path: '^server/(?!domain/)' },
    },
    {
      name: 'domain-does-no-io',
      severity: 'error',
      from: { path: '^server/domain/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'features-know-no-other-feature',
      severity: 'error',
      from: { path: feature, pathNot: '\\.test\\.ts$' },
      // The Database interface is a word that all share, and holds no code.
      to: { path: feature, pathNot: ['^server/$1/', '^server/store/database\\.ts$'] },
    },
    {
      name: 'only-main-imports-app',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/(main\\.ts|test/)|\\.test\\.ts$' },
      to: { path: '^server/app\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|data)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
