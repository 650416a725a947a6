/** The report of a run for people: Markdown tables, the paper's table I beside ours, and what decides the figures. */
import type { CaliperResults, ResultRow } from './results.js';
import { PAPER_CORES, PAPER_TABLE_I } from './paper-table.js';

const MEBIBYTE = 2 ** 20;

export function markdownOf(results: CaliperResults, figureFiles: readonly string[]): string {
  const sections = [
    heading(results),
    tableI(results),
    fairness(results),
    roundTable('Reads through Caliper', results, ['reads']),
    roundTable('Half writes, half reads', results, ['mixed']),
    roundTable('Sweep: where is the knee', results, ['sweep']),
    roundTable('Sweep of reads', results, ['read-sweep']),
    baseline(results),
    roundTable('Our own client, a fixed number of calls under way', results, ['closed-loop']),
    settled(results),
    slotBlocks(results),
    signcryptedBlocks(results),
    memory(results),
    figureFiles.map((file) => `![${file}](${file})`).join('\n\n'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function heading({ command, host, network, settings, checkedTotals, rows }: CaliperResults): string {
  const blocks = rows.filter(({ group }) => group === 'slot-blocks');
  const onlyBlocks = blocks.length === rows.length;
  const regionTotal = `A write is one region total as a fog node submits it: ${settings.modulusBits}-bit Paillier key, ${settings.submissionBytes} bytes.`;
  const meters = [...new Set(blocks.map(({ metersPerTotal }) => metersPerTotal))].sort((a, b) => a - b);
  const slotBlock = `A slot block is one transaction as an aggregator submits it: the reports of ${meters.join(' or ')} meters, ${settings.modulusBits}-bit Paillier key.`;
  return [
    `# ${onlyBlocks ? 'Slot blocks of time-of-use billing' : 'AMI DATA'} on real Fabric, measured with Caliper`,
    '',
    `\`${command}\` on ${host.cpu}, ${host.cores} cores, Node ${host.node}, commit ${host.commit}, ${host.date.slice(0, 10)}.`,
    `Fabric ${network.fabric}: ${network.organisations} organisations, ${network.peers} peers, ${network.orderers ?? 'an unknown number of'} orderers (${network.consensus}), endorsement: ${network.endorsement}; blocks are cut ${blockRule(network)}.`,
    `Caliper ${settings.caliperWorkers === 1 ? 'has 1 worker' : `has ${settings.caliperWorkers} workers`} on the same machine. A warm-up${onlyBlocks ? '' : ` of ${settings.warmupTransactions} transactions`} comes first. Every figure is the median of the repetitions, by itself; spread is (max - min) / median of the TPS.`,
    `${[...(onlyBlocks ? [] : [regionTotal]), ...(blocks.length > 0 ? [slotBlock] : [])].join(' ')} No transaction of Caliper failed, or there would be no report (our own client sends again what a network lost); ${checkedTotals} totals were read back and opened to the readings that went in.`,
  ].join('\n');
}

function blockRule({
  batchTimeoutMs,
  maxMessageCount,
  preferredMaxBytes,
}: CaliperResults['network']): string {
  if (batchTimeoutMs === null) return 'by rules this command does not know';
  return `after ${batchTimeoutMs} ms, ${maxMessageCount ?? 0} transactions or ${preferredMaxBytes ?? ''}`;
}

function tableI({ rows, host }: CaliperResults): string {
  const ours = rows.filter(({ label }) => /^ami-data-\d+$/.test(label));
  if (ours.length === 0) return '';
  const lines = ours.map((row) => {
    const paper = PAPER_TABLE_I.find(({ transactions }) => transactions === row.median.transactions);
    const { caliper, latencyMs } = row.median;
    const tps = caliper?.tps ?? row.median.tps;
    return [
      row.median.transactions,
      paper?.tps ?? '',
      fixed(tps, 1),
      percent(row.spread),
      paper === undefined ? '' : fixed(paper.tps / PAPER_CORES, 1),
      row.median.cpuMsPerTransaction['peer'] === undefined ? '' : fixed(tps / host.cores, 1),
      paper?.maxDelaySeconds ?? '',
      fixed(caliper?.maxLatencySeconds ?? latencyMs.max / 1000, 2),
      `${latencyMs.p50} / ${latencyMs.p95} / ${latencyMs.p99}`,
      fixed(row.median.sendRateTps, 1),
      totalCpu(row, 1),
      row.repetitions.length,
      fixed(Math.max(...row.repetitions.map(({ latencyMs: each }) => each.max)) / 1000, 2),
    ];
  });
  return section(
    'Table I: writes of region totals',
    table(
      [
        'AMI data',
        'paper TPS',
        'TPS',
        'spread',
        'paper TPS per core',
        'TPS per core',
        'paper max delay (s)',
        'max delay (s)',
        'p50 / p95 / p99 (ms)',
        'sent per s',
        'CPU ms per tx',
        'repetitions',
        'worst max delay (s)',
      ],
      lines,
    ),
  );
}

function fairness({ network, host, settings, rows }: CaliperResults): string {
  if (!rows.some(({ group }) => group === 'table')) return '';
  return section(
    'What is compared with what',
    table(
      ['', 'paper 000', 'here'],
      [
        [
          'cores',
          `${PAPER_CORES} (Apple M1: 4 fast, 4 slow)`,
          `${host.cores} (${host.cpu}), Caliper on them, too`,
        ],
        ['Fabric', '2.4, containers', `${network.fabric}, native processes`],
        ['peers', '2 organisations x 2', `${network.organisations} organisations, ${network.peers} peers`],
        ['orderers', 'not said', `${network.orderers ?? 'unknown'} (${network.consensus})`],
        ['endorsement', 'not said', network.endorsement],
        ['block cutting', 'not said', blockRule(network)],
        ['payload', 'not said', `${settings.submissionBytes} bytes, checked by every endorser`],
        ['send rate', 'not said', 'fixed, in the table'],
      ],
    ),
  );
}

function roundTable(title: string, { rows }: CaliperResults, groups: readonly string[]): string {
  const chosen = rows.filter(({ group }) => groups.includes(group));
  if (chosen.length === 0) return '';
  const lines = chosen.map((row) => {
    const { median, rateTps, inFlight } = row;
    return [
      row.label,
      rateTps === null ? `${inFlight ?? ''} under way` : `${rateTps} per s`,
      fixed(median.sendRateTps, 1),
      fixed(median.caliper?.tps ?? median.tps, 1),
      fixed(median.goodputTps, 1),
      percent(row.spread),
      `${median.latencyMs.p50} / ${median.latencyMs.p95} / ${median.latencyMs.p99} / ${median.latencyMs.max}`,
      cpuText(row),
      row.repetitions.length,
    ];
  });
  const columns = [
    'row',
    'asked for',
    'sent per s',
    'TPS',
    'goodput',
    'spread',
    'p50 / p95 / p99 / max (ms)',
    'CPU ms per tx: peers + orderers + chaincode + client; all',
    'repetitions',
  ];
  return section(title, table(columns, lines));
}

function baseline({ ratios, rows }: CaliperResults): string {
  const lines = Object.entries(ratios).map(([name, ratio]) => [name, fixed(ratio, 2)]);
  if (lines.length === 0) return '';
  const compared = rows.filter(
    ({ group, label }) =>
      group === 'baseline' ||
      rows.some((b) => b.group === 'baseline' && b.label.replace('blind-put', 'ami-data') === label),
  );
  return section(
    'Our transaction against a blind put of the same bytes',
    [
      'What our rules cost: a blind put stores the same bytes under a fresh key and checks nothing. 1 would be as cheap, or as fast.',
      '',
      table(['compared', 'ratio'], lines),
      '',
      table(
        ['row', 'CPU ms per tx: peers + orderers + chaincode + client; all'],
        compared.map((row) => [row.label, cpuText(row)]),
      ),
    ].join('\n'),
  );
}

function settled({ rows }: CaliperResults): string {
  const chosen = rows.filter(({ group }) => group === 'settled');
  if (chosen.length === 0) return '';
  const lines = chosen.map((row) => [
    row.metersPerTotal,
    row.totalsPerTransaction,
    row.inFlight ?? '',
    fixed(row.median.tps, 1),
    fixed(row.totalsPerSecond, 0),
    Math.round(row.readingsPerSecond).toLocaleString('en-US'),
    percent(row.spread),
    `${row.median.latencyMs.p50} / ${row.median.latencyMs.p95}`,
    totalCpu(row, 2, row.totalsPerTransaction),
    row.repetitions.length,
  ]);
  return section(
    'Meter readings settled in a second, on the ledger',
    `Region totals a second times the meters they count: what the ledger carries, without the work of meters and fog nodes.\n\n${table(
      [
        'meters per total',
        'totals per tx',
        'tx under way',
        'TPS',
        'totals per s',
        'readings per s',
        'spread',
        'p50 / p95 (ms)',
        'CPU ms per total',
        'repetitions',
      ],
      lines,
    )}`,
  );
}

function slotBlocks(results: CaliperResults): string {
  return blocksSection(
    results,
    'slot-blocks',
    'Slot blocks of time-of-use billing',
    'of ciphertext + signature',
    'One block holds the signed packets of all meters of an area for one slot; every endorser checks signatures, area total and range proofs (`-l1`: the aggregator alone checks proofs). `-load`: sent faster than the machine takes, so that TPS is the most it does and the delay is that of the queue. Ledger bytes are the whole transaction in its block, endorsements and certificates included; packets and proofs came as transient data, and no block has the proofs.',
  );
}

function signcryptedBlocks(results: CaliperResults): string {
  return blocksSection(
    results,
    'signcrypted-blocks',
    'Blocks of signcrypted reports',
    'of the sealed report',
    'One block holds the reports of all meters for one slot, each sealed to three receivers with ten dimensions; every endorser checks all signatures in one batch (`-digest`: the ledger keeps digests, the reports lie elsewhere). `-load`: sent faster than the machine takes. Ledger bytes are the whole transaction in its block, endorsements and certificates included; reports came as transient data.',
  );
}

function blocksSection(
  { rows }: CaliperResults,
  group: string,
  title: string,
  payloadName: string,
  words: string,
): string {
  const lines = rows.flatMap((row) => {
    const { ledgerBytes, median } = row;
    if (ledgerBytes === undefined || row.group !== group) return [];
    const { payload, transaction, written } = ledgerBytes;
    return [
      [
        row.label,
        `${row.rateTps ?? ''} per s`,
        fixed(median.tps, 2),
        fixed(row.readingsPerSecond, 0),
        percent(row.spread),
        `${median.latencyMs.p50} / ${median.latencyMs.p95} / ${median.latencyMs.max}`,
        cpuText(row),
        fixed(transaction, 0),
        fixed(transaction / payload, 3),
        fixed(written / payload, 3),
        row.repetitions.length,
      ],
    ];
  });
  if (lines.length === 0) return '';
  const columns = [
    'row',
    'asked for',
    'TPS',
    'reports per s',
    'spread',
    'p50 / p95 / max (ms)',
    'CPU ms per block: peers + orderers + chaincode + client; all',
    'ledger bytes per report',
    payloadName,
    'values written, of the same',
    'repetitions',
  ];
  return section(title, `${words}\n\n${table(columns, lines)}`);
}

function memory({ rows }: CaliperResults): string {
  const peaks = new Map<string, number>();
  for (const { repetitions } of rows) {
    for (const [name, bytes] of repetitions.flatMap((each) => Object.entries(each.peakRssBytes))) {
      const kind = name.replace(/ \d+$/, '');
      peaks.set(kind, Math.max(peaks.get(kind) ?? 0, bytes));
    }
  }
  if (peaks.size === 0) return '';
  const lines = [...peaks].map(([name, bytes]) => [name, fixed(bytes / MEBIBYTE, 0)]);
  return section('Largest resident memory of each process', table(['process', 'MiB'], lines));
}

function cpuText({ median: { cpuMsPerTransaction: cpu } }: ResultRow): string {
  if (cpu['peer'] === undefined) return 'not on this machine';
  const part = (name: string): string => fixed(cpu[name] ?? 0, 1);
  return `${part('peer')} + ${part('orderer')} + ${part('chaincode')} + ${part('client')}; ${part('total')}`;
}

function totalCpu({ median: { cpuMsPerTransaction: cpu } }: ResultRow, digits: number, by = 1): string {
  return cpu['peer'] === undefined ? '' : fixed((cpu['total'] ?? NaN) / by, digits);
}

function section(title: string, body: string): string {
  return `## ${title}\n\n${body}`;
}

function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

function fixed(value: number | undefined, digits: number): string {
  return value === undefined || !Number.isFinite(value) ? '' : value.toFixed(digits);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
