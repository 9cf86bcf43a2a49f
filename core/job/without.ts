/** A job without some of its names: whatever reads them is left out, as far as the rest makes sense without it. */
import type { AudioLayer, Edit } from './edits.ts';
import type { OutputObject } from './outputs.ts';
import type { Ref } from './refs.ts';
import type { JobSpec } from './spec.ts';

type Names = ReadonlySet<string>;

const isThere = <T>(value: T | undefined): value is T => value !== undefined;

const refWithout = (ref: Ref, gone: Names): Ref | undefined => {
  if (typeof ref === 'string') return gone.has(ref) ? undefined : ref;
  if ('clip' in ref) {
    const clip = refWithout(ref.clip, gone);
    return clip === undefined ? undefined : { ...ref, clip };
  }
  const members = ('pick' in ref ? ref.pick : ref.concat).map((member) => refWithout(member, gone)).filter(isThere);
  if (members.length === 0) return undefined;
  return 'pick' in ref ? { pick: members } : { ...ref, concat: members };
};

const reads = (edit: Edit): Ref | undefined =>
  'overlay' in edit ? edit.overlay.image : 'captions' in edit ? edit.captions.from : undefined;

const editsWithout = (edits: readonly Edit[], gone: Names): Edit[] =>
  edits.filter((edit) => {
    const ref = reads(edit);
    return ref === undefined || refWithout(ref, gone) !== undefined;
  });

/** A layer no longer ducks under one that is gone. */
const layersWithout = (layers: readonly AudioLayer[], gone: Names): AudioLayer[] => {
  const left = layers.flatMap((layer) => {
    const from = refWithout(layer.from, gone);
    return from === undefined ? [] : [{ ...layer, from }];
  });
  const names = new Set(left.map(({ name }) => name));
  return left.map(({ duckUnder, ...layer }) =>
    duckUnder !== undefined && names.has(duckUnder) ? { ...layer, duckUnder } : layer,
  );
};

const outputWithout = (output: OutputObject, gone: Names): OutputObject | undefined => {
  const from = output.from === undefined ? undefined : refWithout(output.from, gone);
  if (output.from !== undefined && from === undefined) return undefined;
  const left: OutputObject = from === undefined ? { ...output } : { ...output, from };
  if ('edit' in left && left.edit) left.edit = editsWithout(left.edit, gone);
  if ('audio' in left && Array.isArray(left.audio)) {
    const layers = layersWithout(left.audio, gone);
    // No layer left is not silence: the source keeps its own sound.
    if (layers.length > 0) left.audio = layers;
    else delete left.audio;
  }
  return 'source' in left && left.source !== undefined && refWithout(left.source, gone) === undefined
    ? undefined
    : left;
};

const matrixWithout = ({ matrix }: JobSpec, gone: Names): JobSpec['matrix'] => {
  const axes = Object.entries(matrix?.axes ?? {}).flatMap(([name, values]) => {
    const left = values.map((value) => refWithout(value, gone)).filter(isThere);
    return left.length === 0 ? [] : [[name, left] as const];
  });
  return matrix && axes.length > 0 ? { ...matrix, axes: Object.fromEntries(axes) } : undefined;
};

const deliverWithout = ({ deliver }: JobSpec, gone: Names): JobSpec['deliver'] =>
  deliver?.flatMap(({ outputs, ...rest }) => {
    const left = outputs?.filter((name) => !gone.has(name));
    if (left === undefined) return [rest];
    return left.length === 0 ? [] : [{ ...rest, outputs: left }];
  });

const missingFrom = (before: object, after: object): string[] =>
  Object.keys(before).filter((name) => !Object.hasOwn(after, name));

/** The spec without `gone`, and without outputs that would be made from nothing. There may be none left. */
export const specWithout = (spec: JobSpec, gone: Names): JobSpec => {
  const { matrix: _matrix, deliver: _deliver, ...rest } = spec;
  const matrix = matrixWithout(spec, gone);
  const deliver = deliverWithout(spec, gone);
  const outputs = Object.fromEntries(
    Object.entries(spec.outputs).flatMap(([name, output]) => {
      const left = typeof output === 'string' ? output : outputWithout(output, gone);
      return left === undefined ? [] : [[name, left] as const];
    }),
  );
  const inputs = Object.fromEntries(Object.entries(spec.inputs).filter(([name]) => !gone.has(name)));
  const left = { ...rest, ...(matrix && { matrix }), ...(deliver && { deliver }), inputs, outputs };
  const more = [
    ...missingFrom(spec.outputs, outputs),
    ...missingFrom(spec.matrix?.axes ?? {}, matrix?.axes ?? {}).map((axis) => `$${axis}`),
  ];
  return more.length === 0 ? left : specWithout(left, new Set([...gone, ...more]));
};
