package io.github.cola4j.spark.internal.round;

import io.github.cola4j.train.TaskState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;

/**
 * The states of trained tasks: in memory as long as they take a small part of it, the others in a
 * file without a name, which is gone with the last of them or with the JVM.
 */
final class ResultVectors {
  private static final int SHARE_OF_HEAP = 8; // one of so many

  private final Path folder;
  private long free; // bytes of memory
  private FileChannel file; // null while all are in memory

  /**
   * Keeps states.
   *
   * @param heap of this JVM
   * @param folder for those that it has no room for
   */
  ResultVectors(long heap, Path folder) {
    this.free = heap / SHARE_OF_HEAP;
    this.folder = folder;
  }

  /** Keeps a state; it is to be asked for by one thread at a time. */
  Supplier<TaskState> keep(TaskState state) {
    if (state.bytes() <= free) {
      free -= state.bytes();
      return () -> state;
    }
    try {
      return write(state);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot keep results in "
              + folder
              + ", for which memory has no room; name a folder with space in spark.local.dir, or"
              + " give the driver more memory",
          e);
    }
  }

  private Supplier<TaskState> write(TaskState state) throws IOException {
    if (file == null) {
      Files.createDirectories(folder);
      file =
          FileChannel.open(
              Files.createTempFile(folder, "cola-results", ".bin"),
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    }
    FileChannel in = file;
    long from = in.size();
    int length = state.theta().length;
    long bytes = (long) Float.BYTES * length;
    float[][] vectors = {state.theta(), state.m(), state.v()};
    for (int v = 0; v < vectors.length; v++) {
      ByteBuffer buffer = buffer(length);
      buffer.asFloatBuffer().put(vectors[v]);
      for (long at = from + v * bytes; buffer.hasRemaining(); ) {
        at += in.write(buffer, at);
      }
    }
    int step = state.step();
    return () ->
        new TaskState(
            read(in, from, length),
            read(in, from + bytes, length),
            read(in, from + 2 * bytes, length),
            step);
  }

  private static ByteBuffer buffer(int length) {
    return ByteBuffer.allocate(Float.BYTES * length).order(ByteOrder.nativeOrder());
  }

  private static float[] read(FileChannel in, long from, int length) {
    try {
      ByteBuffer buffer = buffer(length);
      for (long at = from; buffer.hasRemaining(); ) {
        int read = in.read(buffer, at);
        if (read < 0) {
          throw new IOException("the file of results ends at " + at);
        }
        at += read;
      }
      float[] vector = new float[length];
      buffer.flip().asFloatBuffer().get(vector);
      return vector;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read a result", e);
    }
  }
}
