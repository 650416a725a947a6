/** The part of Caliper 0.7.1 that we use; it ships no types. */
declare module '@hyperledger/caliper-core' {
  /** One line of Caliper's own result table: Name, Succ, Fail, Send Rate (TPS), … */
  type ResultRow = Map<string, string | number>;

  export class CaliperEngine {
    constructor(benchmark: unknown, network: unknown, connectorFactory: unknown);
    readonly roundOrchestrator: { readonly report: { readonly resultsByRound: readonly ResultRow[] } } | null;
    run(): Promise<number>;
  }
  export class WorkerMessageHandler {
    constructor(messenger: Messenger, connectorFactory: unknown);
    waitForExit(): Promise<void>;
  }
  export interface Messenger {
    initialize(): Promise<void>;
    configureProcessInstances(processes: readonly NodeJS.Process[]): Promise<void>;
  }
  export const CaliperUtils: {
    assertConfigurationFilePaths(): void;
    parseYaml(file: string): unknown;
    resolvePath(file: string): string;
    getBuiltinMessengers(): Map<string, string>;
    loadModuleFunction(
      builtIn: Map<string, string>,
      name: string,
      functionName: string,
      require: NodeJS.Require,
    ): (options: Record<string, unknown>) => Messenger;
  };
  export const ConfigUtil: { get(key: string): string; readonly keys: Record<string, unknown> };
  export const Constants: { readonly Factories: Record<string, string> };

  export interface Connector {
    sendRequests(request: unknown): Promise<unknown>;
  }
  export class WorkloadModuleBase {
    workerIndex: number;
    totalWorkers: number;
    roundIndex: number;
    roundArguments: unknown;
    sutAdapter: Connector;
    initializeWorkloadModule(
      workerIndex: number,
      totalWorkers: number,
      roundIndex: number,
      roundArguments: unknown,
      sutAdapter: Connector,
      sutContext: unknown,
    ): Promise<void>;
    submitTransaction(): Promise<unknown>;
    cleanupWorkloadModule(): Promise<void>;
  }
}

declare module '@hyperledger/caliper-fabric' {
  export const ConnectorFactory: unknown;
}
