package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Supplier;

/**
 * The tiles of attention in a device's memory, copied once for all layers of a batch: those of the
 * last few batches, which are told apart by identity. Belongs to one thread.
 */
final class DeviceTiles {
  /** Tiles of three sizes, of all tokens and of some, and as much again. */
  private static final int MOST = 12;

  private final Gpu gpu;
  private final Staging staging;
  private final Deque<Entry> entries = new ArrayDeque<>(); // the last used first

  DeviceTiles(Gpu gpu, Staging staging) {
    this.gpu = gpu;
    this.staging = staging;
  }

  /**
   * Whose tiles they are: the batch or the spans, by identity, and how they are divided.
   *
   * @param size of queries or keys
   */
  private record Key(Object batch, int window, int size, boolean ofKeys) {
    boolean isSame(Key other) {
      return batch == other.batch
          && window == other.window
          && size == other.size
          && ofKeys == other.ofKeys;
    }
  }

  private record Entry(Key key, Scratch memory, Tiles tiles) {}

  /**
   * Tiles that are there.
   *
   * @param address of their ints
   * @param count how many
   * @param positions the address of the queries' positions; 0 where all keys are seen
   */
  record Tiles(long address, int count, long positions) {}

  /** The tiles of a batch, or of spans with a window. */
  record Batch(Object identity, int window, Supplier<AttentionTiles> tiles) {
    /** Every query sees all keys of its sequence. */
    static Batch of(TokenBatch batch) {
      return new Batch(batch, 0, () -> AttentionTiles.of(batch));
    }

    /** A query sees the keys up to its own position. */
    static Batch of(AttentionSpans spans, int window) {
      return new Batch(spans, window, () -> AttentionTiles.of(spans, window));
    }
  }

  /** Tiles of up to {@code size} queries. */
  Tiles ofQueries(Batch batch, int size) {
    return get(batch, new Key(batch.identity, batch.window, size, false));
  }

  /** Tiles of up to {@code size} keys. */
  Tiles ofKeys(Batch batch, int size) {
    return get(batch, new Key(batch.identity, batch.window, size, true));
  }

  /** Whether every column below a number is a key of one sequence. */
  boolean coverKeys(Batch batch, int columns) {
    return batch.tiles.get().coverKeys(columns);
  }

  private Tiles get(Batch batch, Key key) {
    for (Iterator<Entry> all = entries.iterator(); all.hasNext(); ) {
      Entry entry = all.next();
      if (entry.key.isSame(key)) {
        all.remove();
        entries.addFirst(entry);
        return entry.tiles;
      }
    }
    AttentionTiles tiles = batch.tiles.get();
    AttentionTiles.Upload upload = key.ofKeys ? tiles.ofKeys(key.size) : tiles.ofQueries(key.size);
    // kernels that read what lies there were asked for before
    Scratch memory = entries.size() < MOST ? new Scratch(gpu) : entries.removeLast().memory;
    long address = memory.atLeast(Math.max(1, upload.ints().length) * (long) Integer.BYTES);
    staging.upload(upload.ints(), address);
    Tiles made = new Tiles(address, upload.tiles(), upload.positions(address));
    entries.addFirst(new Entry(key, memory, made));
    return made;
  }
}
