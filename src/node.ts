/**
 * `blindflag/node`: an institution's node and what it is made of, for services that embed it. `startNode` takes a folder
 * as `blindflag init` makes it; `createNode` takes the parts one by one. Needs Node.
 */
export { nodeQuestions, type StartedNode, type StartOptions, startNode } from './service/start-node.ts';
export { type MemoryNodes, type MemoryNodesOptions, startMemoryNodes } from './service/memory-nodes.ts';
export { type SampleOptions, sampleConsortium } from './service/sample-consortium.ts';
export type { Consortium, EvidenceRow, InstitutionData } from './data/consortium-data.ts';
export { openWsPeers, type PeerEvent, type WsPeers, type WsPeersOptions } from './service/ws-peers.ts';

export {
  ConfigError,
  type ConfigProblem,
  type ConfigProblemCode,
  parseConfig,
  readConfig,
} from './node/config/config.ts';
export type {
  AllowEntry,
  DatasetConfig,
  FlagTerms,
  NodeConfig,
  NodeLimits,
  OverlapTerms,
  PeerConfig,
  QuestionTerms,
} from './node/config/node-config.ts';
export { createNode, type NodeCompute, type NodeOptions, type RunningNode } from './node/node.ts';
export type { NodeStatus, PeerStanding, QuestionStatus } from './node/node-status.ts';
export type {
  Answer,
  AnswerRow,
  OverlapAnswer,
  OverlapRow,
  OverlapRowsAnswer,
  OverlapSizeAnswer,
} from './node/runs/answer.ts';
export type { KeptAnswerStatus } from './node/runs/kept-answers.ts';
export type { AskEvent, AskOptions } from './node/runs/asking.ts';
export { flagQuestion, type FlagProtocolPort, type FlagRunOptions } from './node/questions/flag-question.ts';
export {
  overlapQuestion,
  type OverlapOutput,
  type OverlapProtocolPort,
  type OverlapRunOptions,
} from './node/questions/overlap-question.ts';
export type {
  Conditions,
  JoinedCells,
  JoinOptions,
  Marks,
  Outcome,
  OwnRows,
  PlannedRun,
  QuestionKind,
  RunRequest,
} from './node/questions/question.ts';
export type { KeptSecrets, NodeClocks } from './node/questions/kept-secrets.ts';
export type { IncomingRun, PeerNetwork, PeerStatus } from './node/peer-network.ts';
export type { RunRecord } from './node/runs/run-records.ts';
export { jsonLog, type JsonLogOptions, type Log, type LogEvent, type LogFields, type LogLevel } from './node/log.ts';
export type { LedgerStore } from './governance/ledger.ts';
export { openLedgerFile } from './node/ledger/ledger-file.ts';
export { createMemoryLedger } from './node/ledger/memory-ledger.ts';
export { type AuditStore, openAuditStore } from './node/ledger/audit-store.ts';
export type { NodeEvent } from './node/ledger/monitor.ts';
export type { ListFiles } from './node/lists/frozen-lists.ts';
export { listFolder } from './node/lists/list-files.ts';
export { createMemoryLists } from './node/lists/memory-lists.ts';
export { openLmdbStore } from './node/store/lmdb-store.ts';
export { createMemoryStore } from './node/store/memory-store.ts';
export type { Store, StoredValue, StoreReader, StoreWriter } from './node/store/store.ts';
export { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from './node/workers/worker-pool.ts';
export type { Consent } from './node/agreements/consent.ts';
export type { ContractFiles, ContractProblem, ContractStatus } from './node/agreements/contract-book.ts';
export type { GrantProblem, GrantStatus } from './node/agreements/grants.ts';
export type { OperatorConfig, OperatorCredential, OperatorRole } from './node/agreements/operators.ts';
export type { WallClock } from './kit/clock.ts';

export { type Admin, type AdminOptions, openAdmin } from './node/admin/admin-server.ts';
export {
  adminClient,
  type AdminAskOptions,
  type AdminAskPeerOptions,
  type AdminClient,
} from './node/admin/admin-client.ts';
export type {
  AdminAskEvent,
  AnswerSummary,
  OverlapRowsSummary,
  OverlapSizeSummary,
  OverlapSummary,
} from './node/admin/admin-protocol.ts';

export { createIdentity, formatCard, type Identity, parseCard, type PublicCard } from './net/identity.ts';
export { type IdentityFileOptions, readCard, readIdentityFile, writeIdentityFile } from './net/identity-file.ts';
export { platformPrimitives } from './net/platform-primitives.ts';
export type { Peer } from './net/peers.ts';
export { type NodeNetwork, type NodeNetworkOptions, openNodeNetwork } from './net/node-network.ts';

export { accountSource, type AccountSourceOptions, inspectTable, type MalformedPolicy } from './data/account-source.ts';
export type { AccountCheckOptions, AccountColumns, CheckDigitPolicy, KeyColumn } from './data/account-check.ts';
export type { DuplicatePolicy } from './data/account-tally.ts';
export type { InspectionOptions } from './data/data-inspection.ts';
export type { DataReport, Finding, Remark } from './data/data-report.ts';
export { type CsvInput, csvTable, type CsvTableOptions } from './data/csv-table.ts';
export { openTable, type TableSpec } from './data/open-table.ts';
export { TextColumn } from './data/text-column.ts';
export { parquetTable, type ParquetTableOptions } from './data/parquet-table.ts';
export { type PostgresConnection, postgresTable, type PostgresTableOptions } from './data/postgres-table.ts';
export { sqliteTable, type SqliteTableOptions } from './data/sqlite-table.ts';
export type { ReadTableOptions, RejectedRow, RejectReason, Table, TextBatch } from './data/table.ts';
export { type AccountBatch, type Source, sourceOf } from './data/source.ts';
export { type AccountType, canonicalAccount, type IdentifierType } from './data/identifiers.ts';
export type { OverflowOptions } from './data/data-inspection.ts';
export { type ListDifference, listDifferences } from './data/spill/list-difference.ts';
export {
  defaultSpillParent,
  openSpillFolder,
  type SpillFolder,
  type SpillFolderOptions,
} from './data/spill/spill-folder.ts';
export {
  type SpillDisk,
  spillDisk,
  type SpillDiskOptions,
  type SpillFile,
  type SpillShape,
} from './data/spill/spill-disk.ts';
export type { ListDisk, ListFile, ListFileShape, ListRecords } from './kit/list-disk.ts';
export type { Machine } from './data/spill/spill-plan.ts';
export {
  type FoundRows,
  type SpilledItems,
  SpilledList,
  type SpillOptions,
  type SpillSurvey,
} from './data/spill/spilled-list.ts';
export { readAmlsim } from './data/amlsim.ts';
