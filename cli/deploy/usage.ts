/** What `--help` prints. Options describe themselves in lib/config.ts. */
import { type DeployOption, deployOptions } from '#lib/options.ts';

const width = 100;
const indent = 6;

/** Words in lines. */
const wrapped = (text: string): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width - indent) lines.splice(-1, 1, `${last} ${word}`);
    else lines.push(word);
  }
  return lines;
};

const entry = ({ name, values, default: value, description }: DeployOption): readonly string[] => {
  // Among ticks and words of Markdown there is nothing else.
  const plain = (text: string): string => text.replaceAll('`', '');
  return [
    `  ${name}${value === '' ? '' : `=${value}`}`,
    ...wrapped(`${plain(description)} (${plain(values)})`).map((line) => `${' '.repeat(indent)}${line}`),
  ];
};

const flags = `  -c, --context <name=value>  an option; as often as you like. What is always the same can stand in cdk.json
      --profile <name>        of ~/.aws/config (AWS_PROFILE)
      --region <name>         where to (AWS_REGION)`;

export const deployUsage = (): string => `Deploys a stage of Kinoduct to your AWS account, or brings it up to date.

  npm run deploy
  npm run deploy -- --context auth=cognito --context adminEmail=you@example.com
  npm run deploy -- --context stage=prod --check

${flags}
      --check                 only look whether it can be done
  -y, --yes                   do not ask before permissions become wider
      --help                  this text
      --                      what stands behind it goes to cdk deploy

Options, with what they are where nothing is said:

${deployOptions().flatMap(entry).join('\n')}
`;

export const destroyUsage = `Deletes the stacks of a stage. What was stored is kept; it says what and where.

  npm run destroy
  npm run destroy -- --context stage=qa

${flags}
      --check                 only tell what would go and what would stay
  -y, --yes                   do not ask
      --help                  this text
      --                      what stands behind it goes to cdk destroy
`;
