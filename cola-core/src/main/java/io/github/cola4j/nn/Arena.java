package io.github.cola4j.nn;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The working memory of one thread: matrices are cut off its end and given back in reverse order,
 * all together at {@link #reset()} or down to a {@link #mark()}. It grows to what the largest step
 * needed and then stays; a step allocates nothing. Not thread-safe.
 */
public final class Arena implements AutoCloseable {
  /** Elements; every matrix starts at a multiple, a cache line of floats. */
  private static final int ALIGNMENT = 16;

  private final DataType type;
  private final List<Storage> chunks = new ArrayList<>();
  private int chunk;
  private long used;

  /** An arena for matrices of one type, empty at first. */
  public Arena(DataType type) {
    this.type = type;
  }

  /** The type of all its matrices. */
  public DataType type() {
    return type;
  }

  /** A matrix whose elements are undefined, valid until reset or released. */
  public Matrix matrix(int rows, int columns) {
    long length = ((long) rows * columns + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    while (chunk < chunks.size() && used + length > chunks.get(chunk).length()) {
      chunk++;
      used = 0;
    }
    if (chunk == chunks.size()) {
      long last = chunks.isEmpty() ? 1 << 18 : chunks.get(chunks.size() - 1).length();
      chunks.add(allocate(Math.max(length, last)));
      used = 0;
    }
    Matrix matrix = new Matrix(chunks.get(chunk), used, rows, columns, rows);
    used += length;
    return matrix;
  }

  private Storage allocate(long length) {
    return KernelProviders.get().of(type).allocate(type, length);
  }

  /** A place to {@link #release} to. */
  public record Mark(int chunk, long used) {}

  /** The current end. */
  public Mark mark() {
    return new Mark(chunk, used);
  }

  /** Gives back every matrix made since the mark. */
  public void release(Mark mark) {
    chunk = mark.chunk();
    used = mark.used();
  }

  /** Gives back everything; several chunks become one, so that the next step finds its memory. */
  public void reset() {
    if (chunks.size() > 1) {
      long total = chunks.stream().mapToLong(Storage::length).sum();
      close();
      chunks.add(allocate(total));
    }
    chunk = 0;
    used = 0;
  }

  /** The memory held, in bytes. */
  public long bytes() {
    return chunks.stream().mapToLong(Storage::length).sum() * type.width();
  }

  @Override
  public void close() {
    chunks.forEach(Storage::close);
    chunks.clear();
    chunk = 0;
    used = 0;
  }
}
