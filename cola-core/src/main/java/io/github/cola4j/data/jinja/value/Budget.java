package io.github.cola4j.data.jinja.value;

import java.time.Duration;

/**
 * What one rendering may cost. Every operation pays steps for what it reads and memory for what it
 * makes, before it does so; what is freed is not given back. Both are counted, not measured, so the
 * same template and dialogue always end alike; the clock is for what nobody thought of, and far
 * away.
 */
public final class Budget {
  private static final long STEPS = 10_000_000;
  private static final long MEMORY = 96L << 20;
  private static final int DEPTH = 300;
  private static final Duration TIME = Duration.ofSeconds(60);

  private static final int CHARACTERS_PER_STEP = 32;

  /** Characters that an element of a list or map is counted as. */
  private static final int ELEMENT = 16;

  private static final int STEPS_PER_LOOK_AT_THE_CLOCK = 10_000;

  private final long start = System.nanoTime();
  private long steps = STEPS;
  private long look = STEPS - STEPS_PER_LOOK_AT_THE_CLOCK;
  private long memory = MEMORY;
  private int depth;

  public void step(long number) {
    steps -= number;
    if (steps < 0) {
      throw new TemplateException("it takes more than " + STEPS + " steps");
    }
    if (steps < look) {
      look = steps - STEPS_PER_LOOK_AT_THE_CLOCK;
      if (System.nanoTime() - start > TIME.toNanos()) {
        throw new TemplateException("it takes more than " + TIME.toSeconds() + " s");
      }
    }
  }

  /** Pays for reading characters. */
  public void read(long characters) {
    step(1 + characters / CHARACTERS_PER_STEP);
  }

  /** Pays for a string. */
  public void string(long characters) {
    read(characters);
    take(characters);
  }

  /** Pays for a list or a map. */
  public void elements(long number) {
    step(1 + number);
    take(ELEMENT * (1 + number));
  }

  private void take(long characters) {
    memory -= characters;
    if (memory < 0) {
      throw new TemplateException("it makes more than " + MEMORY + " characters");
    }
  }

  /** Pays for one more level of nesting, of expressions, calls or values. */
  public void enter() {
    step(1);
    if (++depth > DEPTH) {
      throw new TemplateException("it is nested more than " + DEPTH + " deep");
    }
  }

  public void leave() {
    depth--;
  }
}
