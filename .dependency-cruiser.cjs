/** Who may import whom: docs/architecture.md says why. `test/unit/house.test.ts` proves that the tool saw the modules. */
const outside = (paths) => ({ path: paths });

const rule = (name, from, to, comment) => ({ name, severity: 'error', from, to, comment });

/** Folders of core/ in the order of the flow; each may import itself and those before it. */
const order = [
  'failures',
  'media',
  'job',
  'presets',
  'templates',
  'ffmpeg',
  'documents',
  'analyses',
  'edits',
  'inputs',
  'outputs',
  'planner',
  'usecases',
];
const later = (folder) => order.slice(order.indexOf(folder) + 1).map((name) => `^core/${name}`);

module.exports = {
  forbidden: [
    rule('no-cycles', {}, { circular: true }, 'A cycle means that two files are one subject.'),
    rule('no-unresolvable', {}, { couldNotResolve: true }, 'Every import resolves.'),
    rule(
      'core-is-pure',
      outside('^core/'),
      { pathNot: '^(core/|node_modules/zod/)', dependencyTypesNot: ['type-only'] },
      'core/ is the product: no node:, no AWS, nothing of ours outside core/.',
    ),
    ...order
      .slice(0, -1)
      .map((folder) =>
        rule(`core-order-${folder}`, outside(`^core/${folder}`), { path: later(folder) }, 'core/ flows one way.'),
      ),
    rule(
      'ports-are-types',
      { path: '^core/(failures|media|job|presets|templates|ffmpeg|documents|analyses|edits|inputs|outputs|planner)' },
      { path: '^core/ports' },
      'Only use cases know ports.',
    ),
    rule(
      'adapters-know-ports',
      outside('^adapters/([^/]+)/'),
      {
        path: '^(adapters|core|functions|local|cli|lib|bin)/',
        pathNot: '^(adapters/$1/|core/(ports|job|media|ffmpeg)/|core/failures\\.ts$)',
      },
      'An adapter implements ports; it knows no other adapter, no use case and no host.',
    ),
    rule(
      'apps-know-no-technology',
      { path: '^functions/', pathNot: '(wiring|\\.lambda|\\.task)\\.ts$' },
      { path: '^(adapters|local|lib|bin|cli)/|node_modules/@aws-sdk/' },
      'Apps get their adapters from wiring.ts.',
    ),
    rule('hosts-are-roots', {}, { path: '(\\.lambda|\\.task|\\.server)\\.ts$' }, 'Nothing imports a host.'),
    rule(
      'local-uses-apps',
      outside('^local/'),
      { path: '^(lib|bin)/|\\.lambda\\.ts$' },
      'local/ runs the same apps with other adapters.',
    ),
    rule(
      'cdk-knows-no-adapters',
      outside('^(lib|bin)/'),
      { path: '^(adapters|local|cli)/' },
      'Stacks describe; they do not run.',
    ),
    rule(
      'client-is-thin',
      outside('^client/'),
      { pathNot: '^client/', dependencyTypesNot: ['type-only'] },
      'client/ runs in programs and pages alike: of the product it knows types.',
    ),
    rule(
      'console-knows-the-api',
      outside('^console/src/'),
      {
        pathNot: '^(console/|client/|core/presets/index\\.ts$|node_modules/(preact|@preact/signals|hls\\.js)/)',
        dependencyTypesNot: ['type-only'],
      },
      'The console speaks to the API; of the product it knows types, and the names of presets.',
    ),
    rule(
      'nobody-imports-the-console',
      { pathNot: '^(console|test)/' },
      { path: '^console/src/' },
      'Who serves the console builds it (console/build.ts).',
    ),
    rule(
      'nobody-imports-tests',
      { pathNot: '^(test|bench)/' },
      { path: '^(test|bench)/' },
      'Product code knows no tests.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(cdk\\.out|\\.cache)/' },
    parser: 'swc',
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
