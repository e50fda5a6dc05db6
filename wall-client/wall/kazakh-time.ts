/** Ablative ending ("from") by the last number spoken: 35 is «отыз бес», so «-тен». */
const endings: Record<number, string> = {
  0: 'ден',
  1: 'ден',
  2: 'ден',
  3: 'тен',
  4: 'тен',
  5: 'тен',
  6: 'дан',
  7: 'ден',
  8: 'ден',
  9: 'дан',
  10: 'нан',
  20: 'дан',
  30: 'дан',
  40: 'тан',
  50: 'ден',
};

/** `18:41:35` becomes `18:41:35-тен`: the time as Kazakh says "from" it. */
export function fromTimeKk(time: string): string {
  const last = Number(time.split(':').at(-1));
  const spoken = last >= 10 && last % 10 === 0 ? last : last % 10;
  return `${time}-${endings[spoken] ?? 'ден'}`;
}
