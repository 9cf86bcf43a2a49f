import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts findings of cdk-nag on one construct, each with the sentence that says why. Any other finding fails the synth. */
export const accept = (construct: IConstruct, findings: Readonly<Record<string, string>>): void => {
  Validations.of(construct).acknowledge(...Object.entries(findings).map(([id, reason]) => ({ id, reason })));
};
