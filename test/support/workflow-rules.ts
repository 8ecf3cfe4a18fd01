// What every GitHub workflow of this repository must be: understood by GitHub's own parser, pinned,
// and with no more rights than it needs.
import {
  convertWorkflowTemplate,
  NoOperationTraceWriter,
  parseWorkflow,
} from '@actions/workflow-parser';
import { parse } from 'yaml';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  permissions?: unknown;
  'timeout-minutes'?: number;
  steps?: Step[];
  uses?: string;
}

interface Workflow {
  on?: unknown;
  permissions?: unknown;
  jobs?: Record<string, Job>;
}

/** Everything that is wrong with a workflow; empty if nothing is. */
export async function workflowProblems(name: string, text: string): Promise<string[]> {
  const syntax = await syntaxProblems(name, text);
  if (syntax.length > 0) return syntax;
  const workflow = parse(text) as Workflow;
  const problems: string[] = [];
  if (JSON.stringify(workflow.permissions) !== '{}') {
    problems.push('permissions of the whole workflow must be {}: each job says what it needs');
  }
  // Both run a stranger's code with rights of this repository.
  if (/pull_request_target|workflow_run/.test(JSON.stringify(workflow.on))) {
    problems.push('runs for strangers with the rights of this repository');
  }
  for (const [id, job] of Object.entries(workflow.jobs ?? {})) {
    problems.push(...jobProblems(job).map((problem) => `job ${id}: ${problem}`));
  }
  // A pin without the version says nothing to its reader, and to the bot that renews it.
  for (const [line, used = ''] of text.matchAll(/^.*\buses: *(\S+).*$/gm)) {
    if (!used.startsWith('./') && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(used)) {
      problems.push(`${used} is not pinned by its commit`);
    } else if (!used.startsWith('./') && !/ # v\d+\.\d+\.\d+$/.test(line)) {
      problems.push(`${used} does not say which version that is`);
    }
  }
  return problems;
}

async function syntaxProblems(name: string, text: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name, content: text }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

function jobProblems(job: Job): string[] {
  const problems: string[] = [];
  if (typeof job.permissions !== 'object' || job.permissions === null) {
    problems.push('does not say which permissions it needs, one by one');
  }
  if (job.uses === undefined && job['timeout-minutes'] === undefined) {
    problems.push('has no time limit');
  }
  for (const { uses, run, with: inputs } of job.steps ?? []) {
    // What is put into a script as text is run as script: it belongs into a variable.
    if (run?.includes(`\${{`)) problems.push(`an expression inside a script: ${run}`);
    if (/\b(?:curl|wget)\b/.test(run ?? '') && !/\bsha256sum --check\b/.test(run ?? '')) {
      problems.push(`a download without a checksum: ${run}`);
    }
    if (uses?.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false) {
      problems.push('leaves the token on the disk after the checkout');
    }
    if (uses?.startsWith('actions/setup-node@') && inputs?.['package-manager-cache'] !== false) {
      problems.push('takes packages from a cache that other runs can write');
    }
  }
  return problems;
}
