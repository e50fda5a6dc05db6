/**
 * Memory for the NAL units of one picture, used again for the next: thousands of small buffers a second would keep the
 * garbage collector busier than everything else. What it gives holds until `reset`.
 */
export interface PictureMemory {
  /** Nothing that was given before is needed any more. */
  reset(): void;
  copy(bytes: Buffer): Buffer;
  /** Opens a NAL unit that comes in pieces; nothing else is asked for before `end`. */
  begin(header: Buffer): void;
  append(bytes: Buffer): void;
  end(): Buffer;
}

const usualBytes = 65_536;
/** More than this is given back after the picture that needed it. */
const keptBytes = 262_144;

export function createPictureMemory(): PictureMemory {
  let memory = Buffer.allocUnsafeSlow(usualBytes);
  let used = 0;
  /** Where the open NAL unit begins. */
  let openFrom = 0;

  /** What was given lies in the former memory, and stays there. */
  function put(bytes: Buffer): void {
    if (used + bytes.length > memory.length) {
      const open = memory.subarray(openFrom, used);
      const larger = Buffer.allocUnsafeSlow(Math.max(usualBytes, Math.ceil(1.5 * (open.length + bytes.length))));
      used = open.copy(larger);
      openFrom = 0;
      memory = larger;
    }
    used += bytes.copy(memory, used);
  }

  function begin(header: Buffer): void {
    openFrom = used;
    put(header);
  }
  function end(): Buffer {
    const whole = memory.subarray(openFrom, used);
    openFrom = used;
    return whole;
  }

  return {
    reset() {
      if (memory.length > keptBytes) memory = Buffer.allocUnsafeSlow(usualBytes);
      used = 0;
      openFrom = 0;
    },
    copy(bytes) {
      begin(bytes);
      return end();
    },
    begin,
    append: put,
    end,
  };
}
