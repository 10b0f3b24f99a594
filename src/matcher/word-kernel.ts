/**
 * The inner loop of `scan.ts`, in WebAssembly with SIMD: 16 characters at a time are sorted into those that are part of a
 * word and those that are not, the words' places are read off the bits, and each word is looked up by its first and last
 * eight bytes. Takes half the time of the best loop in JavaScript.
 */

/** Where the kernel finds things: index of each number in the header, at address 0. All but the mask are addresses. */
export const HEADER = {
  text: 0,
  fold: 1,
  bounds: 2,
  starts: 3,
  ends: 4,
  ids: 5,
  active: 6,
  marks: 7,
  slots: 8,
  mask: 9,
  records: 10,
  letters: 11,
  /** What it gives back besides the number of words. */
  markCount: 12,
  activeCount: 13,
} as const;

/** Numbers per word in the dictionary's records. */
export const RECORD_FIELDS = 8;
/** The first of four numbers: the word's first 8 bytes and its last 8 ones; shorter words are filled up with 0, twice. */
export const RECORD_KEY = 0;
export const RECORD_SIZE = 4;
/** For which apps the word begins something (see `scope.ts`). */
export const RECORD_APPS = 5;
/** Where its bytes begin among the letters of all words. */
export const RECORD_LETTERS = 6;
/** 1 for a word with letters outside ASCII. */
export const RECORD_WIDE = 7;

/** Of the hash: how far the last eight bytes are turned over the first ones, and the factors of both halves. */
export const HASH_TURN = 13;
export const HASH_FACTORS = [0x9e3779b1, 0x85ebca6b] as const;

const header = (name: keyof typeof HEADER) => `offset=${HEADER[name] * 4} (i32.const 0)`;
const record = (field: number) => `offset=${field * 4} (local.get $record)`;
const bytes = (value: number) => `(i8x16.splat (i32.const ${value}))`;
const factor = (index: number) => `(i32.const ${HASH_FACTORS[index]})`;

/**
 * `scan(length, apps)`. Folds the text; writes the indices of characters that may begin an encoding (`HINT`, `BACKSLASH`
 * of `words.ts`), the places and ids of the words, and which of them begin something for the apps. Gives the number of
 * words; -1 when there is a NUL (a soft character) in the text.
 */
export const WORD_KERNEL = `
(module
  (import "scratch" "memory" (memory 1))
  (func (export "scan") (param $length i32) (param $apps i32) (result i32)
    (local $text i32) (local $fold i32) (local $at i32)
    (local $block v128) (local $letters v128) (local $zeros v128) (local $shift i64)
    (local $inWord i64) (local $before i64) (local $edges i64) (local $hints i64)
    (local $bound i32) (local $lastBound i32) (local $mark i32) (local $hasMarks i32)
    (local $starts i32) (local $ends i32) (local $ids i32) (local $out i32) (local $active i32)
    (local $slots i32) (local $mask i32) (local $records i32)
    (local $start i32) (local $end i32) (local $size i32) (local $letter i32) (local $escaped i32)
    (local $head i64) (local $tail i64) (local $mixed i64) (local $hash i32)
    (local $slot i32) (local $record i32) (local $same i32) (local $index i32)
    (local.set $text (i32.load ${header('text')}))
    (local.set $fold (i32.load ${header('fold')}))

    ;; Blanks behind the text, so that its last word ends.
    (local.set $at (i32.add (local.get $text) (local.get $length)))
    (local.set $block ${bytes(0x20)})
    (v128.store (local.get $at) (local.get $block))
    (v128.store offset=16 (local.get $at) (local.get $block))
    (v128.store offset=32 (local.get $at) (local.get $block))
    (v128.store offset=48 (local.get $at) (local.get $block))

    ;; 64 characters a turn: a bit for each, whether it is part of a word, and whether it is a mark.
    (local.set $bound (i32.load ${header('bounds')}))
    (local.set $mark (i32.load ${header('marks')}))
    (local.set $at (i32.const 0))
    (loop $group
      (local.set $inWord (i64.const 0))
      (local.set $hints (i64.const 0))
      (local.set $shift (i64.const 0))
      (loop $sixteen
        (local.set $block (v128.load (i32.add (local.get $text) (local.get $at))))
        (local.set $zeros (v128.or (local.get $zeros) (i8x16.eq (local.get $block) ${bytes(0)})))
        (local.set $letters
          (i8x16.lt_u (i8x16.sub (v128.or (local.get $block) ${bytes(0x20)}) ${bytes(0x61)}) ${bytes(26)}))
        (v128.store
          (i32.add (local.get $fold) (local.get $at))
          (v128.or (local.get $block) (v128.and (local.get $letters) ${bytes(0x20)})))
        (local.set $inWord
          (i64.or (local.get $inWord)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (v128.or
                    (v128.or
                      (local.get $letters)
                      (i8x16.lt_u (i8x16.sub (local.get $block) ${bytes(0x30)}) ${bytes(10)}))
                    ;; Letters outside ASCII have the upper bit themselves.
                    (v128.or
                      (local.get $block)
                      (v128.or
                        (i8x16.eq (local.get $block) ${bytes(0x5f)})
                        (i8x16.eq (local.get $block) ${bytes(0x24)}))))))
              (local.get $shift))))
        ;; Marks: # % & < [ \\\\ ^ ESC. By the lower four bits, which upper ones make one: 1 for 2, 2 for 3, 4 for 5, 8 for 1.
        (local.set $hints
          (i64.or (local.get $hints)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (i8x16.ne
                    (v128.and
                      (i8x16.swizzle
                        (v128.const i8x16 0 0 0 1 0 1 1 0 0 0 0 12 6 0 4 0)
                        (v128.and (local.get $block) ${bytes(0x0f)}))
                      (i8x16.swizzle
                        (v128.const i8x16 0 8 1 2 0 4 0 0 0 0 0 0 0 0 0 0)
                        (i8x16.shr_u (local.get $block) (i32.const 4))))
                    ${bytes(0)})))
              (local.get $shift))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $shift (i64.add (local.get $shift) (i64.const 16)))
        (br_if $sixteen (i64.ne (local.get $shift) (i64.const 64))))

      ;; Where a word begins or ends, a bit differs from the one before: by turns a start and an end.
      (local.set $edges
        (i64.xor (local.get $inWord) (i64.or (i64.shl (local.get $inWord) (i64.const 1)) (local.get $before))))
      (local.set $before (i64.shr_u (local.get $inWord) (i64.const 63)))
      (block $noEdges
        (br_if $noEdges (i64.eqz (local.get $edges)))
        (loop $edge
          (i32.store
            (local.get $bound)
            (i32.add (i32.sub (local.get $at) (i32.const 64)) (i32.wrap_i64 (i64.ctz (local.get $edges)))))
          (local.set $bound (i32.add (local.get $bound) (i32.const 4)))
          (local.set $edges (i64.and (local.get $edges) (i64.sub (local.get $edges) (i64.const 1))))
          (br_if $edge (i64.ne (local.get $edges) (i64.const 0)))))
      (block $noHints
        (br_if $noHints (i64.eqz (local.get $hints)))
        (loop $hint
          (i32.store
            (local.get $mark)
            (i32.add (i32.sub (local.get $at) (i32.const 64)) (i32.wrap_i64 (i64.ctz (local.get $hints)))))
          (local.set $mark (i32.add (local.get $mark) (i32.const 4)))
          (local.set $hints (i64.and (local.get $hints) (i64.sub (local.get $hints) (i64.const 1))))
          (br_if $hint (i64.ne (local.get $hints) (i64.const 0)))))
      (br_if $group (i32.le_u (local.get $at) (local.get $length))))
    (if (v128.any_true (local.get $zeros)) (then (return (i32.const -1))))
    (i32.store ${header('markCount')} (i32.shr_u (i32.sub (local.get $mark) (i32.load ${header('marks')})) (i32.const 2)))

    ;; Each word: its key, its hash, its id.
    (local.set $starts (i32.load ${header('starts')}))
    (local.set $ends (i32.load ${header('ends')}))
    (local.set $ids (i32.load ${header('ids')}))
    (local.set $active (i32.load ${header('active')}))
    (local.set $slots (i32.load ${header('slots')}))
    (local.set $mask (i32.load ${header('mask')}))
    (local.set $records (i32.load ${header('records')}))
    (local.set $hasMarks (i32.ne (local.get $mark) (i32.load ${header('marks')})))
    (local.set $lastBound (local.get $bound))
    (local.set $bound (i32.load ${header('bounds')}))
    (block $noWords
      (br_if $noWords (i32.eq (local.get $bound) (local.get $lastBound)))
      (loop $word
        (local.set $start (i32.load (local.get $bound)))
        (local.set $end (i32.load offset=4 (local.get $bound)))
        ;; Whether it is one of b f n r t v behind a backslash: bits of the letter's distance from b.
        (local.set $escaped (i32.const 0))
        (if (local.get $hasMarks)
          (then
            (local.set $letter
              (i32.sub (i32.load8_u (i32.add (local.get $text) (local.get $start))) (i32.const 0x62)))
            (local.set $escaped
              (i32.and
                (i32.eq
                  (i32.load8_u (i32.sub (i32.add (local.get $text) (local.get $start)) (i32.const 1)))
                  (i32.const 0x5c))
                (i32.and
                  (i32.lt_u (local.get $letter) (i32.const 21))
                  (i32.shr_u (i32.const 0x151011) (local.get $letter)))))
            (local.set $start (i32.add (local.get $start) (local.get $escaped)))))
        (loop $reading
          (local.set $size (i32.sub (local.get $end) (local.get $start)))
          (local.set $head (i64.load (i32.add (local.get $fold) (local.get $start))))
          (local.set $tail (i64.load (i32.sub (i32.add (local.get $fold) (local.get $end)) (i32.const 8))))
          (if (i32.lt_u (local.get $size) (i32.const 8))
            (then
              (local.set $head
                (i64.and (local.get $head)
                  (i64.sub
                    (i64.shl (i64.const 1) (i64.extend_i32_u (i32.shl (local.get $size) (i32.const 3))))
                    (i64.const 1))))
              (local.set $tail (local.get $head))))
          (local.set $mixed
            (i64.xor (local.get $head) (i64.rotl (local.get $tail) (i64.const ${HASH_TURN}))))
          (local.set $hash
            (i32.add
              (i32.mul (i32.add (i32.wrap_i64 (local.get $mixed)) (local.get $size)) ${factor(0)})
              (i32.mul (i32.wrap_i64 (i64.shr_u (local.get $mixed) (i64.const 32))) ${factor(1)})))
          (local.set $hash (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15))))
          ;; The first slot nearly always decides. No branch on whether the word is known: that cannot be foretold.
          (loop $probe
            (local.set $slot
              (i32.load (i32.add (local.get $slots) (i32.shl (i32.and (local.get $hash) (local.get $mask)) (i32.const 2)))))
            (local.set $record
              (i32.add (local.get $records) (i32.shl (i32.shr_u (local.get $slot) (i32.const 1)) (i32.const 5))))
            (local.set $same
              (i64.eqz
                (i64.or
                  (i64.or
                    (i64.xor (local.get $head) (i64.load ${record(RECORD_KEY)}))
                    (i64.xor (local.get $tail) (i64.load ${record(RECORD_KEY + 2)})))
                  (i64.extend_i32_u (i32.xor (local.get $size) (i32.load ${record(RECORD_SIZE)}))))))
            (if (i32.and (local.get $same) (i32.gt_u (local.get $size) (i32.const 16)))
              (then
                ;; The middle of a long word, 8 bytes a turn.
                (local.set $letter (i32.add (i32.load ${header('letters')}) (i32.load ${record(RECORD_LETTERS)})))
                (local.set $index (i32.const 8))
                (loop $middle
                  (local.set $same
                    (i32.and (local.get $same)
                      (i64.eqz
                        (i64.xor
                          (i64.load (i32.add (local.get $letter) (local.get $index)))
                          (i64.load (i32.add (i32.add (local.get $fold) (local.get $start)) (local.get $index)))))))
                  (local.set $index (i32.add (local.get $index) (i32.const 8)))
                  (br_if $middle (i32.le_u (i32.add (local.get $index) (i32.const 8)) (local.get $size))))))
            (local.set $hash (i32.add (local.get $hash) (i32.const 1)))
            (br_if $probe (i32.and (i32.eqz (local.get $same)) (i32.and (local.get $slot) (i32.const 1)))))
          ;; Unknown behind an escape: is it known with the letter of the escape?
          (if (i32.and (i32.and (i32.eq (local.get $escaped) (i32.const 1)) (i32.eqz (local.get $same))) (i32.ne (local.get $size) (i32.const 0)))
            (then
              (local.set $escaped (i32.const 2))
              (local.set $start (i32.sub (local.get $start) (i32.const 1)))
              (br $reading))))
        (local.set $start
          (i32.add (local.get $start) (i32.and (i32.eq (local.get $escaped) (i32.const 2)) (i32.eqz (local.get $same)))))

        (i32.store (i32.add (local.get $starts) (local.get $out)) (local.get $start))
        (i32.store (i32.add (local.get $ends) (local.get $out)) (local.get $end))
        (i32.store
          (i32.add (local.get $ids) (local.get $out))
          (i32.mul (i32.shr_u (local.get $slot) (i32.const 1)) (local.get $same)))
        (i32.store (local.get $active) (i32.shr_u (local.get $out) (i32.const 2)))
        (local.set $active
          (i32.add (local.get $active)
            (i32.shl
              (i32.and
                (local.get $same)
                (i32.ne (i32.and (i32.load ${record(RECORD_APPS)}) (local.get $apps)) (i32.const 0)))
              (i32.const 2))))
        ;; The letter of an escape alone is no word.
        (local.set $out
          (i32.add (local.get $out) (i32.shl (i32.ne (local.get $start) (local.get $end)) (i32.const 2))))
        (local.set $bound (i32.add (local.get $bound) (i32.const 8)))
        (br_if $word (i32.ne (local.get $bound) (local.get $lastBound)))))
    (i32.store
      ${header('activeCount')}
      (i32.shr_u (i32.sub (local.get $active) (i32.load ${header('active')})) (i32.const 2)))
    (i32.shr_u (local.get $out) (i32.const 2))))
`;
